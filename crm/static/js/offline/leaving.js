// Signing out with entries that were not sent: refused, unless they are discarded in so many words.
import * as device from "./device.js";
import * as queue from "./queue.js";
import { button, make } from "./dom.js";
import { last } from "./sync.js";

function dialog(count, send, discard) {
  const words = "退出后这台设备不再能发送它们。请先发送；确实不要了，勾选后再丢弃并退出。";
  const sure = make("input", { cls: "box", attrs: { type: "checkbox", id: "off-sure" } });
  const gone = button("丢弃" + count + "条并退出", "btn-bad btn-m", discard);
  gone.disabled = true;
  sure.addEventListener("change", () => {
    gone.disabled = !sure.checked;
  });
  const box = make("dialog", { cls: "dialog", attrs: { id: "off-leave", "aria-labelledby": "off-leave-t" } });
  const stay = button("先不退出", "btn-m", () => box.close());
  box.append(
    make("header", {}, make("h2", { text: "还有" + count + "条走访没有发送", attrs: { id: "off-leave-t" } })),
    make("div", { cls: "in" }, make("p", { text: words }),
      make("div", { cls: "field" }, make("label", { cls: "check", attrs: { for: "off-sure" } }, sure, make("span", { text: "这" + count + "条不要了，丢弃后找不回来" }))),
      make("div", { cls: "off-acts" }, button("现在发送", "btn-primary btn-m", () => {
        box.close();
        send();
      }), stay, gone)),
  );
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}

export function guard(user, send) {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-forget]") || form.dataset.free) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const go = () => last(async () => {
      await device.leave(user);
      form.dataset.free = "yes";
      form.requestSubmit();
    });
    queue.counts(user).then((count) => {
      if (!count.mine) return go();
      return dialog(count.mine, send, async () => {
        await queue.dropAll(user);
        await go();
      });
    }).catch(() => {
      // Without storage there is nothing that could be lost.
      form.dataset.free = "yes";
      form.requestSubmit();
    });
  }, true);
}
