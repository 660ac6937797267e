// The board: a card is dragged, or picked up with the space bar and set down with enter. The server says whether it may move;
// what it answers is shown where the card was dropped, and the card stays where it was until the move is done.
(function () {
  "use strict";
  var root = document.getElementById("board");
  if (!root) return;
  var says = document.getElementById("board-says");
  var panel = root.parentNode;
  var held = null; // the card picked up by keyboard
  var aim = null; // the stage it would be set down on
  var dragged = null;

  function board() {
    return document.getElementById("board");
  }
  function say(words) {
    says.textContent = words;
  }
  function nameOf(card) {
    return card.querySelector(".name").textContent;
  }
  function places() {
    var order = Array.from(board().querySelectorAll("[data-stage]"));
    var folded = order.filter(function (el) {
      return el.classList.contains("fold-stage");
    });
    var open = order.filter(function (el) {
      return !el.classList.contains("fold-stage");
    });
    // Folded stages come after the open ones, or before them where the talks are folded.
    return folded.length && folded[0].dataset.stage === "lead" ? folded.concat(open) : open.concat(folded);
  }
  function aimAt(place) {
    if (aim) aim.classList.remove("is-aim");
    aim = place;
    if (aim) {
      aim.classList.add("is-aim");
      aim.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }
  function clearAnswers() {
    board().querySelectorAll("[data-answer], [data-answer-folded]").forEach(function (slot) {
      slot.replaceChildren();
    });
  }
  function letGo() {
    if (held) held.classList.remove("is-held");
    held = null;
    aimAt(null);
  }

  // What the server says

  function slotFor(stage) {
    var place = places().find(function (el) {
      return el.dataset.stage === stage;
    });
    var own = place && place.querySelector("[data-answer]");
    return own || board().querySelector("[data-answer-folded]") || board().querySelector("[data-answer]");
  }

  function answered(stage, html) {
    var slot = slotFor(stage);
    slot.innerHTML = html;
    var answer = slot.querySelector(".answer");
    if (!answer) return;
    answer.scrollIntoView({ block: "nearest", inline: "nearest" });
    (answer.querySelector("textarea") || answer).focus({ preventScroll: true });
    say(answer.querySelector("h3").textContent);
  }

  function moved(html) {
    var holder = document.createElement("template");
    holder.innerHTML = html;
    board().replaceWith(holder.content.querySelector("#board"));
    say(board().dataset.said || "");
    var card = board().querySelector('[data-card="' + board().dataset.moved + '"]');
    if (!card) {
      board().querySelector(".board").focus({ preventScroll: true });
      return;
    }
    card.classList.add("is-moved");
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    card.querySelector(".name").focus({ preventScroll: true });
  }

  function failed(status) {
    document.dispatchEvent(new CustomEvent(status ? "htmx:responseError" : "htmx:sendError", { detail: { xhr: { status: status } } }));
    say("没有移动");
  }

  function drop(card, stage, note) {
    if (card.dataset.stageOf === stage) {
      say("没有移动");
      return;
    }
    clearAnswers();
    var sent = new FormData();
    sent.set("to", stage);
    if (note) sent.set("note", note);
    var headers = JSON.parse(document.body.getAttribute("hx-headers"));
    headers["HX-Request"] = "true";
    panel.classList.add("is-waiting");
    fetch(board().dataset.move.replace("CODE", encodeURIComponent(card.dataset.card)), { method: "POST", headers: headers, body: sent, redirect: "error" })
      .then(function (response) {
        return response.text().then(function (html) {
          if (response.ok) moved(html);
          else if (response.status === 422) answered(stage, html);
          else failed(response.status);
          lastCard = card;
        });
      })
      .catch(function () {
        failed(0);
      })
      .finally(function () {
        panel.classList.remove("is-waiting");
      });
  }

  var lastCard = null;
  panel.addEventListener("click", function (event) {
    if (!event.target.closest("[data-answer-close]")) return;
    clearAnswers();
    if (lastCard && lastCard.isConnected) lastCard.querySelector(".name").focus();
  });
  panel.addEventListener("submit", function (event) {
    var form = event.target.closest("[data-again]");
    if (!form) return;
    event.preventDefault();
    var card = lastCard && lastCard.isConnected ? lastCard : null;
    if (card) drop(card, form.elements.to.value, form.elements.note.value);
  });

  // The mouse

  panel.addEventListener("dragstart", function (event) {
    var card = event.target.closest && event.target.closest(".card[draggable=true]");
    if (!card) return;
    letGo();
    dragged = card;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.card);
    card.classList.add("is-dragged");
  });
  panel.addEventListener("dragover", function (event) {
    var place = dragged && event.target.closest("[data-stage]");
    if (!place) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    if (place !== aim) aimAt(place.dataset.stage === dragged.dataset.stageOf ? null : place);
  });
  panel.addEventListener("drop", function (event) {
    var place = dragged && event.target.closest("[data-stage]");
    if (!place) return;
    event.preventDefault();
    lastCard = dragged;
    drop(dragged, place.dataset.stage);
  });
  panel.addEventListener("dragend", function () {
    if (dragged) dragged.classList.remove("is-dragged");
    dragged = null;
    aimAt(null);
  });

  // The keyboard

  function cardsOf(column) {
    return Array.from(column.querySelectorAll(".card"));
  }
  function walk(card, key) {
    var column = card.closest(".column");
    var own = cardsOf(column);
    var at = own.indexOf(card);
    if (key === "ArrowDown") return own[at + 1];
    if (key === "ArrowUp") return own[at - 1];
    var columns = Array.from(board().querySelectorAll(".column"));
    var step = key === "ArrowRight" ? 1 : -1;
    for (var i = columns.indexOf(column) + step; columns[i]; i += step) {
      var there = cardsOf(columns[i]);
      if (there.length) return there[Math.min(at, there.length - 1)];
    }
    return null;
  }
  function pick(card) {
    if (card.getAttribute("draggable") !== "true") {
      say("当前岗位不能移动这个项目");
      return;
    }
    clearAnswers();
    held = lastCard = card;
    card.classList.add("is-held");
    aimAt(null);
    say("已拿起" + nameOf(card) + "，在" + card.closest(".column").dataset.label + "。左右键选阶段，回车放下，Esc 取消");
  }
  function choose(step) {
    var all = places();
    var from = aim ? all.indexOf(aim) : all.indexOf(held.closest(".column"));
    var place = all[Math.max(0, Math.min(all.length - 1, from + step))];
    aimAt(place);
    say(place.dataset.label);
  }
  function whileHeld(event) {
    var key = event.key;
    if (key === "ArrowRight" || key === "ArrowDown") choose(1);
    else if (key === "ArrowLeft" || key === "ArrowUp") choose(-1);
    else if (key === "Enter" || key === " ") {
      var card = held;
      var stage = aim ? aim.dataset.stage : card.dataset.stageOf;
      letGo();
      drop(card, stage);
    } else if (key === "Escape" || key === "Tab") {
      letGo();
      say("已取消，没有移动");
      return key === "Escape";
    } else return false;
    return true;
  }
  function atRest(card, key) {
    if (key === " ") {
      pick(card);
      return true;
    }
    if (key.indexOf("Arrow") !== 0) return false;
    var next = walk(card, key);
    if (next) next.querySelector(".name").focus();
    return true;
  }
  panel.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && event.target.closest(".answer")) {
      clearAnswers();
      if (lastCard && lastCard.isConnected) lastCard.querySelector(".name").focus();
      event.preventDefault();
      return;
    }
    var card = event.target.closest(".card");
    if (!card || !event.target.classList.contains("name")) return;
    if (held ? whileHeld(event) : atRest(card, event.key)) event.preventDefault();
  });
})();
