"use strict";
// Dialogs that came open with the page keep the rest of it out of reach until they are closed.
for (const dialog of document.querySelectorAll("dialog[open]")) {
  dialog.close();
  dialog.showModal();
}

// A second click in haste does not send a form again (the server would refuse it).
let sentAt = -Infinity;
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.timeStamp - sentAt < 2000) event.preventDefault();
  else sentAt = event.timeStamp;
});

// A changed form is not left through a link without a question.
const form = document.querySelector("form[data-guard]");
const question = document.getElementById("lamna");
if (form && question) {
  let dirty = "dirty" in form.dataset;
  let target = "";
  form.addEventListener("input", () => { dirty = true; });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!dirty || !link || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    target = link.pathname + link.search;
    question.showModal();
  });
  question.addEventListener("click", (event) => {
    const choice = event.target.closest("button")?.value;
    if (!choice) return;
    question.close();
    if (choice === "inte") location.assign(target);
    if (choice === "spara") {
      const next = document.createElement("input");
      next.type = "hidden";
      next.name = "fortsatt";
      next.value = target;
      form.append(next);
      form.requestSubmit();
    }
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}

// One more row of a table in a form: as the last one, but empty.
for (const button of document.querySelectorAll("button[data-adds]")) {
  button.addEventListener("click", () => {
    const rows = document.getElementById(button.dataset.adds).tBodies[0].rows;
    const row = rows[rows.length - 1].cloneNode(true);
    for (const field of row.querySelectorAll("input, select")) {
      if (field.tagName === "SELECT") field.selectedIndex = 0;
      else field.value = "";
    }
    row.cells[0].textContent = rows.length + 1;
    rows[0].parentElement.append(row);
    row.querySelector("input, select").focus();
  });
}

// A date is typed, or chosen in the browser's own calendar.
for (const button of document.querySelectorAll("button[data-date]")) {
  button.addEventListener("click", () => {
    const target = document.getElementById(button.dataset.date);
    if (button.nextElementSibling?.type === "date") button.nextElementSibling.remove();
    const picker = document.createElement("input");
    picker.type = "date";
    picker.tabIndex = -1;
    picker.value = target.value;
    picker.addEventListener("change", () => {
      target.value = picker.value;
      target.dispatchEvent(new Event("input", { bubbles: true }));
      picker.remove();
      target.focus();
    });
    button.after(picker);
    picker.showPicker?.();
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.addEventListener("click", () => print());
}
