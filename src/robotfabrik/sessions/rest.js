// Watches whether a page is still at work: requests of its scripts, timers, changes of the document. It is in
// every document from its beginning, so that one look tells what has been going on; see rest.py.
//
// look() gives null for a page that no script has touched since it was loaded, else
// {fetching, ahead, soon, changed, used}: see `own` below. All times are in milliseconds.
(held => {
  if (globalThis[held]) return;
  const LONGEST_TIMER = 5000; // what comes later keeps something alive; nobody waits for it
  const SHORT_TIMER = 1000;
  const now = () => performance.now();

  // Installed late, nobody knows what went on before.
  let changed = document.readyState === 'loading' ? null : now();
  let used = null; // by the mouse, the keyboard or a connection that sends by itself
  let parsed = null;
  const requests = new Map(); // under way: when each began
  const timers = new Map(); // {due, repeats} by number
  const change = () => { changed = now(); };
  const use = () => { used = now(); };

  const wrap = (owner, name, traps) => {
    if (typeof owner?.[name] === 'function') owner[name] = new Proxy(owner[name], traps);
  };
  function begin() {
    const key = {};
    requests.set(key, now());
    change();
    return () => { if (requests.delete(key)) change(); };
  }
  const promised = {
    apply(method, self, given) {
      const end = begin();
      try {
        const answer = Reflect.apply(method, self, given);
        answer.then(end, end);
        return answer;
      } catch (error) {
        end();
        throw error;
      }
    },
  };
  wrap(globalThis, 'fetch', promised);
  // The answer's head has come; reading its body takes its own time.
  for (const name of ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text']) wrap(globalThis.Response?.prototype, name, promised);
  wrap(globalThis.XMLHttpRequest?.prototype, 'send', {
    apply(method, self, given) {
      const end = begin();
      self.addEventListener('loadend', end, {once: true});
      try {
        return Reflect.apply(method, self, given);
      } catch (error) {
        end();
        throw error;
      }
    },
  });
  for (const name of ['WebSocket', 'EventSource'])
    wrap(globalThis, name, {construct(...given) { use(); return Reflect.construct(...given); }});

  const timing = repeats => ({
    apply(method, self, [code, delay, ...more]) {
      const wait = Math.max(Number(delay) || 0, 0);
      if (typeof code !== 'function' || wait > LONGEST_TIMER) return Reflect.apply(method, self, [code, delay, ...more]);
      const stays = repeats && wait < SHORT_TIMER;
      const id = Reflect.apply(method, self, [function (...given) {
        if (timers.has(id)) change();
        if (!stays) timers.delete(id);
        return Reflect.apply(code, this, given);
      }, delay, ...more]);
      timers.set(id, {due: now() + wait, stays, short: wait < SHORT_TIMER});
      return id;
    },
  });
  wrap(globalThis, 'setTimeout', timing(false));
  wrap(globalThis, 'setInterval', timing(true));
  for (const name of ['clearTimeout', 'clearInterval'])
    wrap(globalThis, name, {apply(method, self, given) { timers.delete(given[0]); return Reflect.apply(method, self, given); }});

  // While it is parsed a document changes all the time; what scripts do then is part of what is loaded.
  function watch() {
    parsed = now();
    new MutationObserver(change).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', watch, {once: true});
  else watch();
  for (const type of ['pointerdown', 'click', 'keydown', 'input', 'change']) addEventListener(type, use, {capture: true, passive: true});

  function own() {
    const at = now();
    const since = time => time === null ? null : at - time;
    // Scripts that come with or after the document may still be on their way.
    const loading = document.readyState !== 'complete' && document.scripts.length ? parsed ?? at : null;
    const waiting = [...timers.values()];
    if (changed === null && used === null && loading === null && !waiting.length) return null;
    return {
      fetching: requests.size ? at - Math.max(...requests.values()) : null, // the youngest request's age
      ahead: Math.max(0, ...waiting.map(({due}) => Math.max(due - at, 1))), // until the last timer is due; one may be late
      soon: waiting.some(({short}) => short), // something is about to happen
      changed: since(changed ?? loading), // since the last change, request or timer
      used: since(used),
    };
  }
  // This document's, and those of the frames that it shows of its own origin.
  function look() {
    const found = [own()];
    for (let i = 0; i < frames.length; i += 1) {
      try { found.push(frames[i][held]?.() ?? null); } catch { /* another origin */ }
    }
    const busy = found.filter(Boolean);
    if (busy.length < 2) return busy[0] ?? null;
    const least = name => busy.map(one => one[name]).reduce((a, b) => a === null ? b : b === null ? a : Math.min(a, b));
    return {fetching: least('fetching'), changed: least('changed'), used: least('used'),
      ahead: Math.max(...busy.map(one => one.ahead)), soon: busy.some(one => one.soon)};
  }
  globalThis[held] = look;
})(Symbol.for('robotfabrik.rest'))
