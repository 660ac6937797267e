// When a part of the page cannot be fetched, the person is told what happened and what to do.
(function () {
  "use strict";
  var WORDS = {
    401: "登录已过期，请重新登录后再试。",
    403: "当前岗位没有这项权限，请切换岗位或联系管理员。",
    404: "这条记录不存在，或者不在您的范围内。",
    409: "这条记录刚刚变了，请刷新页面后再试。",
    413: "文件太大，请压缩或分开上传。",
    429: "操作太频繁，请过一分钟再试。",
  };

  function tell(words) {
    var place = document.getElementById("flashes") || document.body;
    var bar = document.createElement("div");
    bar.className = "flash flash-bad";
    bar.setAttribute("role", "alert");
    bar.textContent = words;
    place.replaceChildren(bar);
    bar.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("htmx:responseError", function (event) {
    tell(WORDS[event.detail.xhr.status] || "没有办成，请刷新页面后再试。");
  });
  document.addEventListener("htmx:sendError", function () {
    tell("连不上服务器，请检查网络后再试，填写的内容还在。");
  });
})();
