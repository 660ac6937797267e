// Choosing and sending files: a list of what was chosen, files dropped on the field, a word about what will be refused before it is
// sent, and the progress of a form that htmx sends. Without script the plain inputs do the same work.
(function () {
  "use strict";
  function words(size) {
    return size >= 1048576 ? (size / 1048576).toFixed(1) + " MB" : Math.max(1, Math.round(size / 1024)) + " KB";
  }

  function chosen(box) {
    var all = [];
    box.querySelectorAll("input[type=file]").forEach(function (input) {
      Array.from(input.files).forEach(function (file, at) {
        all.push({ input: input, at: at, file: file });
      });
    });
    return all;
  }

  // Why a file will not be kept, "" when nothing speaks against it; the server looks at its content as well.
  function refused(box, file) {
    var photo = file.type.indexOf("image/") === 0;
    var most = Number((photo ? box.dataset.photoMb : box.dataset.mostMb) || 0);
    var allowed = box.querySelector("input[type=file]").accept.split(",").filter(function (each) {
      return each.charAt(0) === ".";
    });
    var ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
    if (allowed.length && allowed.indexOf(ending) < 0) return "这种文件不能上传";
    return most && file.size > most * 1048576 ? (photo ? "照片" : "文件") + "超过 " + most + " MB" : "";
  }

  function put(input, files) {
    var data = new DataTransfer();
    files.forEach(function (file) {
      data.items.add(file);
    });
    input.files = data.files;
  }

  function line(box, entry) {
    var li = document.createElement("li"), name = document.createElement("span"), size = document.createElement("span");
    var drop = document.createElement("button"), why = refused(box, entry.file);
    name.className = "n";
    name.textContent = entry.file.name;
    size.className = why ? "s bad" : "s";
    size.textContent = words(entry.file.size) + (why ? "，" + why + "，请去掉" : "");
    drop.type = "button";
    drop.className = "btn-link";
    drop.textContent = "去掉";
    drop.setAttribute("aria-label", "去掉 " + entry.file.name);
    drop.addEventListener("click", function () {
      var rest = Array.from(entry.input.files);
      rest.splice(entry.at, 1);
      put(entry.input, rest);
      show(box);
      box.querySelector("input[type=file]").focus();
    });
    li.append(name, size, drop);
    return li;
  }

  function show(box) {
    var list = box.querySelector("[data-drop-list]"), all = chosen(box);
    list.textContent = "";
    all.forEach(function (entry) {
      list.append(line(box, entry));
    });
    list.hidden = !all.length;
  }

  function boxOf(event) {
    var types = event.dataTransfer ? Array.from(event.dataTransfer.types) : [];
    return types.indexOf("Files") >= 0 ? event.target.closest("[data-drop]") : null;
  }

  document.addEventListener("change", function (event) {
    var box = event.target.closest("[data-drop]");
    if (box) show(box);
  });
  document.addEventListener("dragover", function (event) {
    var box = boxOf(event);
    if (!box) return;
    event.preventDefault();
    box.classList.add("is-over");
  });
  document.addEventListener("dragleave", function (event) {
    var box = event.target.closest && event.target.closest("[data-drop]");
    if (box && !box.contains(event.relatedTarget)) box.classList.remove("is-over");
  });
  document.addEventListener("drop", function (event) {
    var box = boxOf(event);
    if (!box) return;
    event.preventDefault();
    box.classList.remove("is-over");
    var input = box.querySelector("input[type=file]");
    put(input, Array.from(input.files).concat(Array.from(event.dataTransfer.files)));
    show(box);
  });
  // What will be refused would only be so after minutes of sending. Loaded before once.js, which then never sees the form as sent.
  document.addEventListener("submit", function (event) {
    var bad = Array.from(event.target.querySelectorAll("[data-drop]")).find(function (box) {
      return chosen(box).some(function (entry) {
        return refused(box, entry.file);
      });
    });
    if (!bad) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    bad.querySelector(".bad").scrollIntoView({ block: "center" });
    bad.querySelector("[data-drop-list] button").focus();
  }, true);

  function progress(form) {
    return form && form.querySelector ? form.querySelector("[data-upload-progress]") : null;
  }

  document.addEventListener("htmx:xhr:progress", function (event) {
    var say = progress(event.target);
    if (!say || !event.detail.lengthComputable || !event.detail.total) return;
    var done = Math.round((100 * event.detail.loaded) / event.detail.total);
    say.hidden = false;
    say.querySelector("progress").value = done;
    say.querySelector("span").textContent = done < 100 ? "已上传 " + done + "%" : "正在检查文件";
  });
  document.addEventListener("htmx:sendError", function (event) {
    var say = progress(event.target);
    if (!say) return;
    say.hidden = false;
    say.querySelector("span").textContent = "没有传上去，网络断开了。请再传一次。";
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-drop]").forEach(show);
  });
})();
