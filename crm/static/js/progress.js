// A running job: asks data-poll for {state: "waiting" | "running" | "done" | "failed", done, total, message, next} and shows it.
// When it is done the page goes on to `next`, else to data-next, else it loads again.
(function () {
  "use strict";
  function say(box, words) {
    var el = box.querySelector("[data-poll-words]");
    if (el && words && el.textContent !== words) el.textContent = words;
  }

  function show(box, task) {
    var bar = box.querySelector("progress");
    if (bar && task.total) {
      bar.max = task.total;
      bar.value = task.done || 0;
    }
    var count = task.total ? (task.done || 0) + " / " + task.total : "";
    say(box, task.message || count || "正在处理");
  }

  function finish(box, task) {
    location.assign(task.next || box.dataset.next || location.href);
  }

  function ask(box, wait, fails) {
    setTimeout(function () {
      fetch(box.dataset.poll, { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" })
        .then(function (answer) {
          if (!answer.ok) throw new Error(String(answer.status));
          return answer.json();
        })
        .then(function (task) {
          show(box, task);
          if (task.state === "done" || task.state === "failed") finish(box, task);
          else ask(box, Math.min(wait * 1.3, 3000), 0);
        })
        .catch(function () {
          say(box, "暂时连不上，正在重试");
          if (fails < 20) ask(box, 3000, fails + 1);
          else say(box, "连不上服务器，请刷新页面查看结果");
        });
    }, wait);
  }

  document.querySelectorAll("[data-poll]").forEach(function (box) {
    ask(box, 500, 0);
  });
})();
