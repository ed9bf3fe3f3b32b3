// Measures one document for a picture that is drawn elsewhere. Only numbers leave the page: kinds and places
// of boxes, and for a text that equals a declared one that text's number.
(literals) => {
  const clean = text => text.normalize('NFC').replace(/[\u200b\u00ad]/g, '').replace(/\s+/g, ' ').trim();
  const number = new Map(literals.map((text, i) => [clean(text), i]));
  const longest = Math.max(0, ...literals.map(text => text.length));
  const MOST = 20000;
  const BOXES = [
    ['field', 'input:not([type=button],[type=submit],[type=reset],[type=hidden]),select,textarea,[contenteditable]'],
    ['button', 'button,input,[role=button]'],
    ['picture', 'img,svg,canvas,video,object,embed,meter,progress'],
    ['frame', 'iframe,frame'],
    ['cell', 'td,th,[role=cell],[role=gridcell],[role=columnheader],[role=rowheader]'],
    ['group', 'fieldset,dialog,form,table,section,nav,details,[role=dialog],[role=table],[role=grid]'],
  ];
  const boxes = [];
  const found = [];
  const count = {fields: 0, buttons: 0, links: 0, rows: 0, pictures: 0, frames: 0, dialogs: 0};
  const tally = {field: 'fields', button: 'buttons', picture: 'pictures', frame: 'frames'};

  function add(kind, rect, size = 0, bold = 0, literal = -1) {
    if (rect.width < 1 || rect.height < 1 || boxes.length >= MOST) return;
    const place = [rect.left + scrollX, rect.top + scrollY, rect.width, rect.height].map(Math.round);
    boxes.push([kind, ...place, size, bold, literal]);
  }
  // The declared text that a text node is, or is the beginning of; -2 for its further pieces.
  function literalOf(node) {
    const own = number.get(clean(node.data));
    if (own !== undefined) return own;
    for (let at = node.parentElement, up = 0; at && up < 3; at = at.parentElement, up += 1) {
      if (at.textContent.length > longest * 4 + 100) return -1;
      const whole = number.get(clean(at.textContent));
      if (whole === undefined) continue;
      const texts = document.createTreeWalker(at, NodeFilter.SHOW_TEXT);
      let first = texts.nextNode();
      while (first && !first.data.trim()) first = texts.nextNode();
      return first === node ? whole : -2;
    }
    return -1;
  }
  function addText(rects, style, literal) {
    if (literal === -2 || !rects.length) return;
    if (literal < 0) return void rects.forEach(rect => add('text', rect));
    found.push(literal);
    add('chrome', rects[0], Math.round(parseFloat(style.fontSize)), Number(style.fontWeight) >= 600 ? 1 : 0, literal);
  }
  function element(node) {
    const style = getComputedStyle(node);
    const rect = node.getBoundingClientRect();
    const kind = BOXES.find(([, selector]) => node.matches(selector))?.[0];
    if (node.matches('a[href]')) count.links += 1;
    if (node.matches('tr,[role=row]')) count.rows += 1;
    if (node.matches('dialog,[role=dialog]')) count.dialogs += 1;
    if (kind) {
      add(kind, rect);
      if (tally[kind]) count[tally[kind]] += 1;
    } else if (style.backgroundImage !== 'none' && node !== document.body && node !== document.documentElement) add('picture', rect);
    if (node.matches('input[type=button],input[type=submit],input[type=reset]'))
      addText([rect], style, number.get(clean(node.value)) ?? -1);
  }
  function walk(node) {
    if (node.nodeType === 3) {
      if (!node.data.trim()) return;
      const style = getComputedStyle(node.parentElement ?? node.getRootNode().host);
      if (style.visibility !== 'visible') return;
      const range = document.createRange();
      range.selectNodeContents(node);
      return void addText([...range.getClientRects()], style, literalOf(node));
    }
    if (node.nodeType !== 1 || /^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE|HEAD)$/.test(node.tagName)) return;
    const contents = getComputedStyle(node).display === 'contents';
    if (!contents && !node.checkVisibility()) return;
    if (!contents && node.checkVisibility({visibilityProperty: true})) element(node);
    if (/^(SELECT|TEXTAREA|OPTION|IFRAME|OBJECT|svg|CANVAS|VIDEO)$/.test(node.tagName)) return;
    const children = node.shadowRoot?.childNodes
      ?? (node.tagName === 'SLOT' && node.assignedNodes().length ? node.assignedNodes() : node.childNodes);
    for (const child of children) walk(child);
  }
  walk(document.documentElement);
  return JSON.stringify({width: innerWidth, height: document.documentElement.scrollHeight, boxes, found, count,
    scroll: [Math.round(scrollX), Math.round(scrollY)]});
}
