// The page is whole without this: it adds search, filters, folding, copying and the choice of a theme.
"use strict";
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const told = document.getElementById("told");
  for (const part of all(".script")) part.hidden = false;

  // Theme: a browser that keeps nothing for files just forgets it.
  const themes = ["as the system", "light", "dark"];
  const button = document.getElementById("theme");
  const setTheme = (theme) => {
    if (theme === themes[0]) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  let theme = themes[0];
  try { theme = localStorage.getItem("audit-theme") ?? theme; } catch { /* nothing is kept */ }
  if (themes.includes(theme)) setTheme(theme);
  button.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? themes[0];
    const next = themes[(themes.indexOf(now) + 1) % themes.length];
    setTheme(next);
    try { localStorage.setItem("audit-theme", next); } catch { /* nothing is kept */ }
  });

  // Search and filter: what does not fit is hidden, and so is a group that is left with nothing.
  for (const part of all(".filtered")) {
    const search = part.querySelector("[data-search]");
    if (!search) continue;
    const state = part.querySelector("[data-state]");
    const fold = part.querySelector("[data-fold]");
    const found = part.querySelector(".found");
    const items = all(search.dataset.search, part)
      .filter((item) => !item.querySelector(".all li"))
      .map((item) => ({ item, state: item.closest(state.dataset.state).classList }));
    const holders = all(".case:has(.all), .more, .finding, .matrix details", part);
    const folds = all(fold.dataset.fold, part);
    const usual = new Set(folds.filter((one) => one.open));
    let texts = null;
    const read = () => {
      texts ??= items.map(({ item }) => {
        const outer = item.closest(".cases > li") ?? item;
        const heading = item.closest(".finding")?.querySelector("h3");
        const lead = outer === item ? null : outer.querySelector(".message");
        return [heading, lead, item].map((one) => one?.textContent ?? "").join(" ").toLowerCase();
      });
    };

    const apply = () => {
      read();
      const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      const narrowed = wanted.length > 0 || state.value !== "";
      let count = 0;
      items.forEach(({ item, state: classes }, index) => {
        const fits = (!state.value || classes.contains(state.value)) && wanted.every((word) => texts[index].includes(word));
        if (item.hidden === fits) item.hidden = !fits;
        if (fits) count += 1;
      });
      const live = new Set();
      for (const { item } of items) {
        if (item.hidden) continue;
        for (let up = item.parentElement; up && up !== part && !live.has(up); up = up.parentElement) live.add(up);
      }
      for (const holder of holders) holder.hidden = !live.has(holder);
      for (const one of folds) one.open = narrowed && count <= 200 ? live.has(one) : usual.has(one);
      found.textContent = narrowed ? `${count} of ${items.length}` : "";
    };
    // Read while nobody waits, so that the first letter is answered as fast as the next.
    (window.requestIdleCallback ?? setTimeout)(read);
    let waiting = 0;
    search.addEventListener("input", () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(apply);
    });
    state.addEventListener("change", apply);
    fold.addEventListener("click", () => {
      const open = folds.some((one) => !one.open);
      for (const one of folds) one.open = open;
      fold.textContent = open ? "Close all" : "Open all";
    });
  }

  // Copying: a button beside each request, made when its part is opened.
  const addCopy = (from) => {
    for (const line of all(".curl", from)) {
      if (line.nextElementSibling?.className === "copy" || line.closest("details:not([open])")) continue;
      const copy = document.createElement("button");
      copy.type = "button";
      copy.className = "copy";
      copy.textContent = "Copy";
      line.after(copy);
    }
  };
  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  addCopy(document);
  document.addEventListener("toggle", (event) => event.target.open && addCopy(event.target), true);
  document.addEventListener("click", async (event) => {
    if (event.target.className !== "copy") return;
    const done = await copyText(event.target.previousElementSibling.textContent);
    event.target.textContent = done ? "Copied" : "Not copied";
    event.target.focus();
    told.textContent = done ? "The request is copied." : "The browser does not let the page copy.";
    setTimeout(() => { event.target.textContent = "Copy"; }, 1500);
  });
})();
