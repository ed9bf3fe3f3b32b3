// Finds elements and reads screens. The same code is a Playwright selector engine (what is clicked) and
// the reader of whole screens (what is read), so that both always mean the same element.
//
// A spec is {kind, value, name?, exact, within?, frame?, anchor?, fallbacks?, row?}; see locators.py.
// Only elements that a person can see count. Open shadow roots are looked through everywhere.
(() => {
  const {setTimeout} = globalThis; // as it is before anyone watches it
  const clean = text => text.normalize('NFC').replace(/[\u200b\u00ad]/g, '').replace(/\s+/g, ' ').trim();
  const CONTROLS = 'input,select,textarea,button,output,meter,progress';
  const VALUES = 'input,select,textarea';
  const SILENT = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD', 'TITLE']);
  const NAMED_BY_CONTENT = new Set(['button', 'cell', 'checkbox', 'columnheader', 'gridcell', 'heading', 'link',
    'menuitem', 'menuitemcheckbox', 'menuitemradio', 'option', 'radio', 'row', 'rowheader', 'switch', 'tab',
    'tooltip', 'treeitem']);
  const TAG_ROLES = {ARTICLE: 'article', ASIDE: 'complementary', BUTTON: 'button', DATALIST: 'listbox',
    DD: 'definition', DETAILS: 'group', DIALOG: 'dialog', DT: 'term', FIELDSET: 'group', FIGURE: 'figure',
    H1: 'heading', H2: 'heading', H3: 'heading', H4: 'heading', H5: 'heading', H6: 'heading', HR: 'separator',
    LI: 'listitem', MAIN: 'main', METER: 'meter', NAV: 'navigation', OL: 'list', OPTGROUP: 'group',
    OPTION: 'option', OUTPUT: 'status', P: 'paragraph', PROGRESS: 'progressbar', SVG: 'img', TABLE: 'table',
    TBODY: 'rowgroup', TEXTAREA: 'textbox', TFOOT: 'rowgroup', THEAD: 'rowgroup', TR: 'row', UL: 'list'};
  const INPUT_ROLES = {button: 'button', submit: 'button', reset: 'button', image: 'button', file: 'button',
    checkbox: 'checkbox', radio: 'radio', number: 'spinbutton', range: 'slider', search: 'searchbox', hidden: null};

  // What one reading has already worked out; thrown away with it, since the page may change after it.
  const fresh = () => ({elements: new Map(), roles: new Map(), names: new Map(), shown: new Map(), labels: new Map(), texts: new Map()});
  const once = (map, key, make) => {
    if (!map.has(key)) map.set(key, make());
    return map.get(key);
  };

  // --- the page as a tree that includes open shadow roots

  function elementsUnder(root, memo) {
    return once(memo.elements, root, () => {
      const found = [];
      const walk = node => {
        if (node.shadowRoot) walk(node.shadowRoot);
        for (const element of node.querySelectorAll('*')) {
          found.push(element);
          if (element.shadowRoot) walk(element.shadowRoot);
        }
      };
      walk(root);
      return found;
    });
  }
  const parentOf = element => element.parentElement || (element.getRootNode().host ?? null);
  function contains(outer, inner) {
    for (let at = inner; at; at = at.parentNode || at.host) if (at === outer) return true;
    return false;
  }
  function hasAncestor(element, test) {
    for (let at = element; at; at = parentOf(at)) if (test(at)) return true;
    return false;
  }
  const hasShadow = (element, memo) => element.shadowRoot || elementsUnder(element, memo).some(e => e.shadowRoot);

  // --- what a person sees

  function shown(element, memo) {
    return once(memo.shown, element, () => {
      if (!element.checkVisibility({visibilityProperty: true})) {
        const style = element.ownerDocument.defaultView.getComputedStyle(element);
        return style.display === 'contents' && [...element.childNodes].some(child => child.nodeType === 1
          ? shown(child, memo) : child.nodeType === 3 && child.data.trim());
      }
      const box = element.getBoundingClientRect();
      // An empty box is an empty value when nothing is written in it, else something collapsed.
      return (box.width > 0 && box.height > 0) || (!element.textContent.trim() && !element.matches(VALUES));
    });
  }

  function controlText(element) {
    const tag = element.tagName;
    const role = element.getAttribute('role');
    if (tag === 'INPUT' && (element.type === 'checkbox' || element.type === 'radio')) return element.checked ? 'ja' : 'nej';
    if (role === 'checkbox' || role === 'switch' || role === 'radio')
      return element.getAttribute('aria-checked') === 'true' ? 'ja' : 'nej';
    if (tag === 'INPUT') return element.type === 'password' ? '' : element.value;
    if (tag === 'TEXTAREA') return element.value;
    if (tag === 'SELECT') return [...element.selectedOptions].map(option => clean(option.label)).join('\n');
    return null;
  }

  const isPlain = (element, only) => only && !only.nextSibling && only.nodeType === 3 && !element.shadowRoot;

  // The text of an element as it is shown: hidden parts left out, white space as the page keeps it.
  function textOf(element, memo) {
    const value = controlText(element);
    if (value !== null) return value;
    const only = element.firstChild;
    if (!only && !element.shadowRoot) return '';
    const style = element.ownerDocument.defaultView.getComputedStyle(element);
    if (isPlain(element, only) && !/\s\s|[\n\t]/.test(only.data))
      return style.visibility === 'visible' ? only.data.trim() : '';
    // Capitals that only the style sheet makes are no part of a value.
    const simple = style.textTransform === 'none' && !element.querySelector(VALUES) && !hasShadow(element, memo);
    return simple ? element.innerText ?? element.textContent : composedText(element, memo);
  }
  // The same for a cell of a row that is shown. Most cells hold one piece of text: the common case is the fast one.
  function cellText(cell, memo) {
    const only = cell.firstChild;
    if (!only && !cell.shadowRoot) return '';
    if (!cell.checkVisibility({visibilityProperty: true})) return '';
    if (isPlain(cell, only) && !/\s\s|[\n\t]/.test(only.data)) return only.data.trim();
    return textOf(cell, memo);
  }
  // Fields inside an element count by their value, as in a table of fields; shadow roots by their content.
  function composedText(element, memo) {
    const parts = [];
    const walk = node => {
      if (node.nodeType === 3) return void parts.push(node.data.replace(/\s+/g, ' '));
      if (node.nodeType !== 1 || SILENT.has(node.tagName) || !shown(node, memo)) return;
      const value = controlText(node);
      const block = !/^(inline|contents)/.test(getComputedStyle(node).display);
      if (value !== null) return void parts.push(` ${value} `);
      if (node.tagName === 'BR') return void parts.push('\n');
      if (block) parts.push('\n');
      for (const child of childrenOf(node)) walk(child);
      if (block) parts.push('\n');
    };
    for (const child of childrenOf(element)) walk(child);
    return parts.join('').replace(/ *\n[ \n]*/g, '\n').replace(/ +/g, ' ').trim();
  }
  function childrenOf(node) {
    if (node.shadowRoot) return node.shadowRoot.childNodes;
    if (node.tagName === 'SLOT' && node.assignedNodes().length) return node.assignedNodes();
    return node.childNodes;
  }

  // --- roles and accessible names, as Playwright's get_by_role works them out in the normal cases

  function roleOf(element, memo) {
    return once(memo.roles, element, () => {
      const given = element.getAttribute('role');
      if (given) return given.trim().split(/\s+/)[0];
      const tag = element.tagName.toUpperCase();
      if (tag === 'INPUT') {
        if (element.list && /^(text|email|tel|url|search)$/.test(element.type)) return 'combobox';
        return element.type in INPUT_ROLES ? INPUT_ROLES[element.type] : 'textbox';
      }
      if (tag === 'A' || tag === 'AREA') return element.hasAttribute('href') ? 'link' : null;
      if (tag === 'SELECT') return element.multiple || element.size > 1 ? 'listbox' : 'combobox';
      if (tag === 'IMG') return element.getAttribute('alt') === '' && !element.title ? 'presentation' : 'img';
      if (tag === 'FORM' || tag === 'SECTION') {
        const named = element.hasAttribute('aria-label') || element.hasAttribute('aria-labelledby') || element.title;
        return named ? (tag === 'FORM' ? 'form' : 'region') : null;
      }
      if (tag === 'HEADER' || tag === 'FOOTER') {
        if (element.closest('article,aside,main,nav,section')) return null;
        return tag === 'HEADER' ? 'banner' : 'contentinfo';
      }
      const grid = (tag === 'TD' || tag === 'TH') && /^(grid|treegrid)$/.test(element.closest('table')?.getAttribute('role'));
      if (tag === 'TD') return grid ? 'gridcell' : 'cell';
      if (tag === 'TH') return thRole(element, grid);
      return TAG_ROLES[tag] ?? null;
    });
  }
  function thRole(th, grid) {
    if (th.scope === 'col' || th.scope === 'colgroup') return 'columnheader';
    if (th.scope === 'row' || th.scope === 'rowgroup') return 'rowheader';
    const [next, previous] = [th.nextElementSibling, th.previousElementSibling];
    if (!next && !previous) return grid ? 'gridcell' : th.closest('table')?.rows.length > 1 ? 'columnheader' : 'cell';
    const isHeader = cell => !cell || cell.tagName === 'TH';
    return isHeader(next) && isHeader(previous) ? 'columnheader' : 'rowheader';
  }

  const ariaHidden = element => hasAncestor(element, at => at.getAttribute('aria-hidden') === 'true');
  const referred = (element, attribute) => (element.getAttribute(attribute) || '').split(/\s+/).filter(Boolean)
    .map(id => element.getRootNode().getElementById?.(id)).filter(Boolean);

  // The text that an element's content gives to a name: pictures by their alt, hidden parts left out.
  function contentName(element, memo, without) {
    const only = element.firstChild;
    if (only && !only.nextSibling && only.nodeType === 3 && !element.shadowRoot) return clean(only.data);
    const parts = [];
    const walk = node => {
      if (node.nodeType === 3) return void parts.push(node.data);
      if (node.nodeType !== 1 || SILENT.has(node.tagName)) return;
      if (node.getAttribute('aria-hidden') === 'true' || !node.checkVisibility({visibilityProperty: true})) return;
      if (node.getAttribute('aria-label')?.trim()) return void parts.push(` ${node.getAttribute('aria-label')} `);
      if (node.tagName === 'IMG') return void parts.push(` ${node.alt || node.title} `);
      if (without && node.matches(without)) return;
      if (node.matches(VALUES)) return void parts.push(` ${controlText(node)} `);
      const inline = /^inline$|^contents$/.test(getComputedStyle(node).display) && node.tagName !== 'BR';
      if (!inline) parts.push(' ');
      for (const child of childrenOf(node)) walk(child);
      if (!inline) parts.push(' ');
    };
    for (const child of childrenOf(element)) walk(child);
    return clean(parts.join(''));
  }
  const labelName = (element, memo) => [...element.labels ?? []].map(label => contentName(label, memo, CONTROLS))
    .filter(Boolean).join(' ');

  function nameOf(element, memo) {
    return once(memo.names, element, () => {
      const by = referred(element, 'aria-labelledby');
      if (by.length) {
        const name = clean(by.map(other => other.getAttribute('aria-label') || contentName(other, memo)).join(' '));
        if (name) return name;
      }
      const aria = element.getAttribute('aria-label')?.trim();
      if (aria) return clean(aria);
      return clean(nativeName(element, memo) || element.getAttribute('title') || placeholder(element));
    });
  }
  function nativeName(element, memo) {
    const tag = element.tagName.toUpperCase();
    const childText = name => {
      const child = [...element.children].find(c => c.tagName === name);
      return child ? contentName(child, memo) : '';
    };
    if (tag === 'INPUT' && /^(button|submit|reset)$/.test(element.type))
      return labelName(element, memo) || element.value || {submit: 'Submit', reset: 'Reset'}[element.type] || '';
    if (tag === 'INPUT' && element.type === 'image') return labelName(element, memo) || element.alt || element.title || 'Submit';
    if (tag === 'INPUT' && element.type === 'file') return labelName(element, memo) || 'Choose File';
    if (tag === 'IMG' || tag === 'AREA') return element.alt;
    if (tag === 'TABLE') return childText('CAPTION') || element.getAttribute('summary') || '';
    if (tag === 'FIELDSET') return childText('LEGEND');
    if (tag === 'FIGURE') return childText('FIGCAPTION');
    if (tag === 'SVG') return clean(element.querySelector(':scope > title')?.textContent ?? '');
    const label = element.matches(CONTROLS) ? labelName(element, memo) : '';
    return label || (NAMED_BY_CONTENT.has(roleOf(element, memo)) ? contentName(element, memo) : '');
  }
  const placeholder = element => /^(INPUT|TEXTAREA)$/.test(element.tagName)
    ? element.placeholder || element.getAttribute('aria-placeholder') || '' : '';

  // --- finding

  const same = (text, wanted, exact) => exact ? text === wanted : text.toLowerCase().includes(wanted.toLowerCase());

  function byRole(spec, scope, memo) {
    const wanted = spec.name === undefined || spec.name === null ? null : clean(spec.name);
    return elementsUnder(scope, memo).filter(element => roleOf(element, memo) === spec.value
      && (wanted === null || same(nameOf(element, memo), wanted, spec.exact)) && !ariaHidden(element));
  }

  // Elements by the texts of their labels. aria-labelledby goes before aria-label, that before <label>.
  function labelled(root, memo) {
    return once(memo.labels, root, () => {
      const found = [];
      for (const element of elementsUnder(root, memo)) {
        const by = referred(element, 'aria-labelledby');
        const aria = element.getAttribute('aria-label');
        if (by.length) by.forEach(other => found.push([element, other]));
        else if (aria?.trim()) found.push([element, aria]);
        else if (element.matches(CONTROLS) && element.type !== 'hidden')
          for (const label of element.labels ?? []) found.push([element, label]);
      }
      return found.map(([element, label]) => typeof label === 'string' ? [element, [clean(label)]]
        : [element, [contentName(label, memo, CONTROLS), clean(label.textContent)]]);
    });
  }
  function byLabel(spec, scope, memo) {
    const wanted = clean(spec.value);
    return labelled(scope, memo).filter(([, texts]) => texts.some(text => same(text, wanted, spec.exact)))
      .map(([element]) => element);
  }

  // The smallest elements whose text is (or, not exact, holds) the wanted one.
  function byText(test, scope, memo) {
    const buttonText = element => element.tagName === 'INPUT' && /^(button|submit|reset)$/.test(element.type);
    const matches = element => {
      if (SILENT.has(element.tagName)) return false;
      if (buttonText(element)) return test(clean(element.value));
      if (element.matches(VALUES)) return false;
      return test(plain(element));
    };
    const plain = element => once(memo.texts, element,
      () => clean(element.shadowRoot ? composedText(element, memo) : element.textContent));
    const found = elementsUnder(scope, memo).filter(matches);
    const all = new Set(found);
    for (const element of found) for (let at = parentOf(element); at && at !== scope; at = parentOf(at)) all.delete(at);
    return [...all];
  }

  const FINDERS = {
    role: byRole,
    label: byLabel,
    text: (spec, scope, memo) => byText(text => same(text, clean(spec.value), spec.exact), scope, memo),
    text_matches: (spec, scope, memo) => {
      const pattern = new RegExp(spec.value.normalize('NFC'), 'u');
      return byText(text => text && pattern.test(text), scope, memo);
    },
    test_id: (spec, scope, memo) => elementsUnder(scope, memo).filter(e => e.getAttribute('data-testid') === spec.value),
    css: (spec, scope, memo) => elementsUnder(scope, memo).filter(e => e.matches(spec.value)),
  };

  // Nearest to an anchor on the given side, its centre line inside the anchor's band.
  function beside(candidates, anchors, side) {
    if (anchors.length !== 1) return [];
    const from = anchors[0].getBoundingClientRect();
    const across = side === 'left' || side === 'right';
    const distance = element => {
      const box = element.getBoundingClientRect();
      const middle = across ? (box.top + box.bottom) / 2 : (box.left + box.right) / 2;
      const overlaps = across ? box.top < from.bottom && box.bottom > from.top : box.left < from.right && box.right > from.left;
      const gap = {right: box.left - from.right, left: from.left - box.right, below: box.top - from.bottom,
        above: from.top - box.bottom}[side];
      const centre = across ? (from.top + from.bottom) / 2 : (from.left + from.right) / 2;
      return overlaps && gap >= -1 ? gap + Math.abs(middle - centre) / 1000 : Infinity;
    };
    const near = candidates.filter(c => !contains(c, anchors[0])).map(c => [distance(c), c]).filter(([d]) => d < Infinity);
    near.sort((a, b) => a[0] - b[0]);
    return near.slice(0, 1).map(([, element]) => element);
  }

  class NotReady extends Error {}
  class Foreign extends Error {}
  class Several extends Error {
    constructor({name, header}, count) {
      super();
      this.bad = [name, header, count];
    }
  }

  function documentIn(spec, root, memo) {
    const frames = find(spec, root, memo);
    if (frames.length !== 1) return null;
    let inner = null;
    try { inner = frames[0].contentDocument; } catch { /* another origin */ }
    if (!inner) throw new Foreign();
    if (inner.readyState === 'loading' || inner.URL === 'about:blank' && frames[0].src && !frames[0].srcdoc) throw new NotReady();
    return inner;
  }

  function find(spec, root, memo) {
    if (spec.frame && !(root = documentIn(spec.frame, root, memo))) return [];
    let scopes = [root];
    if (spec.row) scopes = rowScopes(spec.row, root, memo);
    if (spec.within) scopes = scopes.flatMap(scope => find(spec.within, scope, memo));
    let found = [...new Set(scopes.flatMap(scope => FINDERS[spec.kind](spec, scope, memo)))].filter(e => shown(e, memo));
    if (spec.anchor) found = beside(found, scopes.flatMap(s => find(spec.anchor.selector, s, memo)), spec.anchor.side);
    for (const fallback of spec.fallbacks ?? []) {
      if (found.length) break;
      found = find({...fallback, row: spec.row}, root, memo);
    }
    return found;
  }

  // --- tables

  const isTable = element => element.tagName === 'TABLE';
  const ariaTable = element => /^(table|grid|treegrid)$/.test(element.getAttribute('role') ?? '');
  const ownerTable = element => {
    for (let at = parentOf(element); at; at = parentOf(at)) if (isTable(at) || ariaTable(at)) return at;
    return null;
  };

  function rowsOf(table, memo) {
    const rows = isTable(table) ? [...table.rows]
      : elementsUnder(table, memo).filter(e => e.getAttribute('role') === 'row' && ownerTable(e) === table);
    return rows.filter(row => row.checkVisibility({visibilityProperty: false}));
  }
  const cellsOf = row => row.cells ? [...row.cells] : [...row.querySelectorAll('[role]')].filter(e =>
    /^(cell|gridcell|columnheader|rowheader)$/.test(e.getAttribute('role')) && e.closest('[role=row]') === row);
  const isHeading = cell => cell.tagName === 'TH' || cell.getAttribute('role') === 'columnheader';
  const isHead = (row, cells) => row.parentElement?.tagName === 'THEAD' || (cells.length > 0 && cells.every(isHeading));

  // Every row as a list of cells by column, with spans laid out.
  function gridOf(rows) {
    const hanging = [];
    return rows.map(row => {
      const places = [];
      let column = 0;
      const skip = () => {
        while (hanging[column]?.left > 0) {
          places[column] = hanging[column].cell;
          hanging[column].left -= 1;
          column += 1;
        }
      };
      for (const cell of cellsOf(row)) {
        skip();
        const wide = cell.colSpan || Number(cell.getAttribute('aria-colspan')) || 1;
        const high = cell.rowSpan || Number(cell.getAttribute('aria-rowspan')) || 1;
        for (let i = 0; i < Math.min(wide, 1000); i += 1, column += 1) {
          places[column] = cell;
          hanging[column] = {cell, left: high - 1};
        }
      }
      skip();
      return places;
    });
  }

  // `spec.rows` says what a row is where the page has no table; then columns are found by their own selectors.
  function layout(spec, table, memo) {
    if (spec.rows) return {headers: [], body: find(spec.rows, table, memo).map(row => ({row, cells: []}))};
    const rows = rowsOf(table, memo);
    const grid = gridOf(rows);
    let first = 0;
    while (first < rows.length && isHead(rows[first], cellsOf(rows[first]))) first += 1;
    // Old pages write their headings as plain cells: a first row that says what is wanted is one.
    if (!first && rows.length && spec.columns) {
      const {at, bad} = placeColumns(spec.columns, headersOf(grid.slice(0, 1), memo));
      if (!bad.length && Object.keys(at).length) first = 1;
    }
    const body = [];
    for (let i = first; i < rows.length; i += 1)
      if (rows[i].parentElement?.tagName !== 'TFOOT') body.push({row: rows[i], cells: grid[i]});
    return {headers: headersOf(grid.slice(0, first), memo), body};
  }

  // The texts of each column's heading: its name, its text, and with the headings above it.
  function headersOf(grid, memo) {
    const width = Math.max(0, ...grid.map(cells => cells.length));
    const headers = [];
    for (let column = 0; column < width; column += 1) {
      const path = [...new Set(grid.map(cells => cells[column]).filter(Boolean))];
      const visible = path.filter(cell => shown(cell, memo));
      const leaf = visible[visible.length - 1];
      headers.push(leaf ? [contentName(leaf, memo, VALUES), clean(textOf(leaf, memo)),
        visible.map(cell => contentName(cell, memo, VALUES)).join(' ')] : []);
    }
    return headers;
  }

  // Column numbers by name. Several headers of one text are told apart by the headings above them.
  function placeColumns(columns, headers) {
    const at = {};
    const bad = [];
    for (const {name, header, optional, cell} of columns) {
      if (cell) continue;
      const wanted = clean(header);
      let places = headers.flatMap((texts, i) => texts[0] === wanted || texts[1] === wanted ? [i] : []);
      if (places.length !== 1) {
        const byPath = headers.flatMap((texts, i) => texts[2] === wanted ? [i] : []);
        if (byPath.length === 1 || !places.length) places = byPath;
      }
      if (places.length === 1) at[name] = places[0];
      else if (places.length > 1 || !optional) bad.push([name, header, places.length]);
    }
    return {at, bad};
  }

  // A column's cell in a row: under its header, or what its selector finds. Several are as wrong as a missing header.
  function cellOf(column, at, {row, cells}, memo) {
    if (!column.cell) return cells[at[column.name]];
    const found = find(column.cell, row, memo);
    if (found.length > 1) throw new Several(column, found.length);
    return found[0];
  }

  const filler = (cells, memo) => cells.length > 1 && new Set(cells).size === 1 && !clean(textOf(cells[0], memo));

  function readTable(spec, table, root, memo) {
    if (hasAncestor(table, at => at.getAttribute('aria-busy') === 'true')) throw new NotReady();
    const {headers, body} = layout(spec, table, memo);
    const empties = spec.empty ? find(spec.empty, root, memo) : [];
    const rows = body.filter(({row, cells}) => !empties.some(e => contains(row, e)) && !filler(cells, memo));
    const {at, bad} = placeColumns(spec.columns, headers);
    const result = {count: 1, bad, page: hash(table.shadowRoot ? composedText(table, memo) : table.textContent)};
    if (spec.end) result.end = find(spec.end, root, memo).length > 0;
    if (spec.empty) result.empty = empties.length > 0;
    // A page without rows may show no headers either; that is an empty table only when it says so.
    if (bad.length) return empties.length && !rows.length ? {...result, bad: [], rows: []}
      : {...result, headers: headers.map(texts => texts[0] ?? '')};
    const textAt = (one, column) => {
      const cell = cellOf(column, at, one, memo);
      return cell ? column.cell ? textOf(cell, memo) : cellText(cell, memo) : '';
    };
    const protecting = spec.columns.find(column => column.name === spec.protects);
    try {
      result.rows = rows.map(one => {
        const hidden = protecting && (protecting.cell || protecting.name in at) && clean(textAt(one, protecting)) !== '';
        const readable = column => (column.cell || column.name in at) && (!hidden || column.always || column === protecting);
        return [hidden ? 1 : 0, spec.columns.map(column => readable(column) ? textAt(one, column) : null)];
      });
    } catch (error) {
      if (!(error instanceof Several)) throw error;
      return {...result, bad: [error.bad], headers: []};
    }
    if (spec.scrolls) result.places = placesOf(rows, table);
    return result;
  }

  // --- lists that show more when they are scrolled, and may forget what has gone out of sight

  function scrollerOf(element) {
    for (let at = element; at && at !== document.body && at !== document.documentElement; at = parentOf(at))
      if (at.scrollHeight > at.clientHeight + 1 && /auto|scroll|overlay/.test(getComputedStyle(at).overflowY)) return at;
    return document.scrollingElement;
  }
  // Where each row stands in its list: by the number that the page gives it, else by its place in what is scrolled.
  function placesOf(rows, table) {
    const scroller = scrollerOf(rows[0]?.row ?? table);
    const top = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
    return rows.map(({row}) => {
      const number = row.getAttribute('aria-rowindex') ?? row.getAttribute('aria-posinset');
      if (number) return [Number(number), 0];
      const box = row.getBoundingClientRect();
      return [Math.round(box.top - top + scroller.scrollTop), Math.round(box.left)];
    });
  }
  // Scroll a table's list to its top, or most of a window's height further.
  function scroll(request) {
    const {table: spec, to} = JSON.parse(request);
    const memo = fresh();
    const tables = find(spec.table, document, memo);
    if (tables.length !== 1) return JSON.stringify({...state(), moved: false});
    const scroller = scrollerOf(layout(spec, tables[0], memo).body[0]?.row ?? tables[0]);
    const before = scroller.scrollTop;
    scroller.scrollTo({top: to === 'top' ? 0 : before + Math.max(40, scroller.clientHeight * 0.7), behavior: 'instant'});
    return JSON.stringify({...state(), moved: Math.abs(scroller.scrollTop - before) >= 1});
  }

  // The row that an action means: the one whose cells still hold the texts by which it was chosen.
  function rowScopes(wanted, root, memo) {
    const tables = find(wanted.table, root, memo);
    if (tables.length !== 1) return [];
    const {headers, body} = layout(wanted, tables[0], memo);
    const shownRows = body.filter(({cells}) => !filler(cells, memo));
    if (wanted.pick) return shownRows.slice(...wanted.pick === 'first' ? [0, 1] : [-1]).map(({row}) => row);
    const {at, bad} = placeColumns(wanted.columns, headers);
    if (bad.length) return [];
    return shownRows.filter(one => wanted.columns.every((column, i) => {
      const cell = cellOf(column, at, one, memo);
      return cell && clean(column.cell ? textOf(cell, memo) : cellText(cell, memo)) === clean(wanted.texts[i]);
    })).map(({row}) => row);
  }

  // 53 bits of a text: says that a page of a table is another one without taking its text out of the page.
  function hash(text) {
    let [a, b] = [0xdeadbeef, 0x41c6ce57];
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 2654435761);
      b = Math.imul(b ^ code, 1597334677);
    }
    return ((b ^ (b >>> 15)) >>> 0) * 2097152 + ((a ^ (a >>> 13)) >>> 11);
  }

  // --- reading a whole screen from one state of the page

  function state() {
    const [navigation] = performance.getEntriesByType('navigation');
    return {status: navigation?.responseStatus ?? 0, failed: location.protocol === 'chrome-error:',
      path: location.pathname, origin: performance.timeOrigin, loading: document.readyState === 'loading'};
  }
  const disabled = element => element.matches(':disabled') || element.getAttribute('aria-disabled') === 'true';

  // Every part is read for itself; one that cannot be is marked, and the caller decides what that means.
  function part(read) {
    try {
      return read();
    } catch (error) {
      if (error instanceof NotReady) return {count: 0, waiting: true};
      if (error instanceof Foreign) return {count: 0, foreign: true};
      throw error;
    }
  }

  function read(request) {
    const {fields, tables, unknown, signs, login} = JSON.parse(request);
    const result = {...state(), fields: [], tables: [], unknown: -1};
    if (result.loading || result.failed) return JSON.stringify(result);
    const memo = fresh();
    result.unknown = unknown.findIndex(spec => part(() => ({count: find(spec, document, memo).length})).count > 0);
    if (result.unknown >= 0) return JSON.stringify(result);
    result.fields = fields.map(spec => part(() => {
      const found = find(spec, document, memo);
      const text = found.length === 1 || (spec.any && found.length) ? textOf(found[0], memo) : null;
      return {count: found.length, text};
    }));
    result.tables = tables.map(spec => part(() => {
      const found = find(spec.table, document, memo);
      const next = spec.next ? find(spec.next, document, memo) : [];
      const more = next.length === 1 && !disabled(next[0]) ? 1 : next.length > 1 ? next.length : 0;
      if (found.length === 1) return {...readTable(spec, found[0], document, memo), more};
      const empty = !found.length && spec.empty && find(spec.empty, document, memo).length > 0;
      return empty ? {count: 1, bad: [], rows: [], page: 0, more: 0, empty: true} : {count: found.length, more};
    }));
    result.rest = globalThis[Symbol.for('robotfabrik.rest')]?.() ?? null;
    const parts = [...result.fields, ...result.tables];
    // Nothing is there: is the screen empty, or is this another one?
    if (signs?.length && parts.every(one => !one.count))
      result.elsewhere = !signs.some(spec => part(() => ({count: find(spec, document, memo).length})).count);
    // Something is not there: is it because this is the login screen? Said with the same state, to save a question.
    if (login && parts.some(one => !one.count)) {
      const seen = part(() => ({count: find(login, document, memo).length}));
      if (!seen.waiting && !seen.foreign) result.login = seen.count > 0;
    }
    return JSON.stringify(result);
  }

  // --- acting on what is plainly there (direct.py)

  const TEXT_FIELDS = new Set(['text', 'search', 'tel', 'url', 'email', 'password']);
  const SUGGESTS = element => element.getAttribute('role') === 'combobox' || element.getAttribute('aria-haspopup') === 'listbox'
    || /^(list|both)$/.test(element.getAttribute('aria-autocomplete'));
  let aimed = null; // {element, missed}: the element that the next click is meant for
  let filled = null; // the field that is typed into
  let leaving = false; // this document is about to be replaced
  globalThis.navigation?.addEventListener('navigate', event => {
    leaving ||= !event.destination.sameDocument && event.downloadRequest === null && !event.defaultPrevented;
  });

  // The press must arrive at the element: when something else has come under the pointer, nothing is clicked.
  function watch(event) {
    if (!aimed) return;
    if (event.type === 'pointerdown') aimed.missed = !event.composedPath().includes(aimed.element);
    if (!aimed.missed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  let watching = false;
  function startWatching() {
    if (watching) return;
    watching = true;
    for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click']) addEventListener(type, watch, true);
  }

  function deepestAt(x, y) {
    let at = document.elementFromPoint(x, y);
    for (let inner; at?.shadowRoot && (inner = at.shadowRoot.elementFromPoint(x, y)) && inner !== at;) at = inner;
    return at;
  }
  function middleOf(element) {
    const box = [...element.getClientRects()].find(rect => rect.width >= 1 && rect.height >= 1);
    const inView = box && box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
    if (!inView) return null;
    const point = [box.left + box.width / 2, box.top + box.height / 2];
    return contains(element, deepestAt(...point)) ? point : null;
  }
  const moves = element => document.getAnimations().some(one => one.playState === 'running'
    && one.effect?.target && contains(one.effect.target, element));

  // Is the one element that is meant in plain sight and ready? Then where to click, or that it has the focus.
  function aim(request) {
    const {spec, fill, onlyText, login} = JSON.parse(request);
    const result = {...state(), count: 0, ready: false};
    if (result.loading || result.failed) return JSON.stringify(result);
    const memo = fresh();
    const all = wanted => part(() => ({found: find(wanted, document, memo)})).found ?? [];
    const found = all(spec);
    result.count = found.length;
    if (!found.length && login) result.login = all(login).length > 0;
    const [element] = found;
    if (found.length !== 1 || disabled(element) || hasAncestor(element, at => at.getAttribute('aria-disabled') === 'true'))
      return JSON.stringify(result);
    if (fill) {
      const field = element.tagName === 'TEXTAREA' || element.tagName === 'INPUT' && TEXT_FIELDS.has(element.type);
      if (!field || onlyText && SUGGESTS(element) || element.readOnly || element.getAttribute('aria-readonly') === 'true') return JSON.stringify(result);
      element.focus();
      element.select();
      result.ready = element.matches(':focus');
      filled = element;
      aimed = null; // the next click is meant for something else
    } else if (!moves(element)) {
      result.at = middleOf(element);
      if (!result.at) {
        element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
        result.at = middleOf(element);
      }
      result.ready = result.at !== null;
      if (result.ready) startWatching();
      aimed = result.ready ? {element, missed: false} : null;
    }
    return JSON.stringify(result);
  }

  // What a click has begun: the page may send a form in a timer, and sending is a task of its own after that.
  const nextTask = () => new Promise(done => { setTimeout(done, 0); });
  async function later() {
    await nextTask();
    await nextTask();
  }
  // What became of the click.
  async function outcome() {
    await later();
    const {missed} = aimed ?? {missed: false};
    aimed = null;
    return JSON.stringify({...state(), missed, leaving});
  }

  // What stands in the field that was typed into.
  const typed = () => JSON.stringify({...state(), value: filled?.value ?? null});

  const all = (root, selector) => find(JSON.parse(selector), root, fresh());
  // How many match.
  function count(request) {
    const {spec} = JSON.parse(request);
    return JSON.stringify({...state(), ...part(() => ({count: find(spec, document, fresh()).length}))});
  }

  const parts = {FINDERS, SILENT, VALUES, clean, contains, disabled, documentIn, elementsUnder, find, fresh, hasAncestor, labelled,
    moves, nameOf, ownerTable, parentOf, part, roleOf, rowScopes, rowsOf, shown, state}; // for explain.js
  return {parts, count, read, aim, outcome, later, typed, scroll, state: () => JSON.stringify(state()), queryAll: all, query: (root, selector) => all(root, selector)[0]};
})()
