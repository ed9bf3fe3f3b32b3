// Says why an element is not found or cannot be used: a function of the resolver's parts and a request. It is
// brought into a page only when something has failed. Names and texts of the page are for the caller, who
// decides what of them a message may show (candidates.py).
({FINDERS, SILENT, VALUES, clean, contains, disabled, documentIn, elementsUnder, find, fresh, hasAncestor, labelled,
  moves, nameOf, ownerTable, parentOf, part, roleOf, rowScopes, rowsOf, shown, state}, request) => {
  const TOLD = new Set(['alertdialog', 'button', 'checkbox', 'columnheader', 'combobox', 'dialog', 'form', 'grid', 'group',
    'heading', 'img', 'link', 'listbox', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'option', 'radio', 'region',
    'searchbox', 'slider', 'spinbutton', 'switch', 'tab', 'table', 'textbox', 'treeitem']);
  const AROUND = new Set(['alertdialog', 'dialog', 'form', 'grid', 'group', 'navigation', 'region', 'table', 'tabpanel']);
  const MOST_NAMES = 1000;
  const LONGEST_NAME = 200;
  const SHOWN_PLACES = 3;
  const memo = fresh();

  // What is shown, as [role, `label`, `test_id` or `text`, name]; what is looked for by the same kind first.
  function namesIn(scopes, spec) {
    const names = new Map();
    const add = (kind, name) => name && name.length <= LONGEST_NAME && names.size < MOST_NAMES
      && names.set(`${kind} ${name}`, [kind, name]);
    const every = scopes.flatMap(scope => elementsUnder(scope, memo)).filter(element => shown(element, memo));
    const byRoles = wanted => every.forEach(e => wanted(roleOf(e, memo)) && add(roleOf(e, memo), nameOf(e, memo)));
    if (spec.kind === 'test_id') every.forEach(e => add('test_id', e.getAttribute('data-testid')));
    else if (spec.kind === 'label')
      scopes.forEach(scope => labelled(scope, memo).forEach(([e, texts]) => shown(e, memo) && add('label', texts[0])));
    else if (spec.kind === 'role') byRoles(role => role === spec.value);
    else if (spec.kind === 'text')
      every.filter(e => !SILENT.has(e.tagName) && !e.matches(VALUES) && e.textContent.length <= 2 * LONGEST_NAME
        && [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .forEach(e => add('text', clean(e.textContent)));
    if (['role', 'label', 'text'].includes(spec.kind)) byRoles(role => TOLD.has(role) && role !== spec.value);
    return [...names.values()];
  }

  // Where one of several stands: its row, and what is around it or above it.
  function placeOf(element) {
    const place = {row: 0, around: null};
    for (let at = parentOf(element); at && !place.around; at = parentOf(at)) {
      const role = roleOf(at, memo);
      const table = role === 'row' && !place.row && ownerTable(at);
      if (table) place.row = rowsOf(table, memo).indexOf(at) + 1;
      if (AROUND.has(role)) place.around = [role, nameOf(at, memo)];
    }
    const isBefore = other => other.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
    const headings = [...element.getRootNode().querySelectorAll('h1,h2,h3,h4,h5,h6,[role=heading]')].filter(isBefore);
    if (!place.around && headings.length) place.around = ['heading', nameOf(headings.pop(), memo)];
    return place;
  }
  const several = elements => ({count: elements.length, places: elements.slice(0, SHOWN_PLACES).map(placeOf)});

  // What lies on top of an element's middle; null when nothing does, or the middle is out of sight.
  function cover(element) {
    element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const box = element.getBoundingClientRect();
    const point = [box.left + box.width / 2, box.top + box.height / 2];
    let at = element.ownerDocument.elementFromPoint(...point);
    for (let inner; at?.shadowRoot && (inner = at.shadowRoot.elementFromPoint(...point)) && inner !== at;) at = inner;
    return at && !contains(element, at) && !contains(at, element) ? at : null;
  }
  function hindrance(element) {
    if (hasAncestor(element, disabled)) return {hindrance: 'disabled'};
    if (element.readOnly || element.getAttribute('aria-readonly') === 'true') return {hindrance: 'read-only'};
    if (moves(element)) return {hindrance: 'moving'};
    let on = cover(element);
    if (!on) return {};
    while (!AROUND.has(roleOf(on, memo)) && parentOf(on) && !contains(parentOf(on), element)) on = parentOf(on);
    return {hindrance: 'covered', by: AROUND.has(roleOf(on, memo)) ? [roleOf(on, memo), nameOf(on, memo)] : null};
  }

  function why(spec, root) {
    if (spec.frame) {
      const inner = documentIn(spec.frame, root, memo);
      if (!inner) return {count: 0, missing: 'frame', of: why(spec.frame, root)};
      root = inner;
    }
    const here = {...spec, frame: undefined};
    const found = find(here, root, memo);
    if (found.length) return found.length > 1 ? several(found) : {count: 1, ...hindrance(found[0])};
    const rows = spec.row ? rowScopes(spec.row, root, memo) : [root];
    if (!rows.length) return {count: 0, missing: 'row'};
    const scopes = spec.within ? rows.flatMap(scope => find(spec.within, scope, memo)) : rows;
    if (!scopes.length) return {count: 0, missing: 'within', of: why(spec.within, rows[0])};
    const alone = {...here, row: undefined, within: undefined, anchor: undefined, fallbacks: undefined};
    if (spec.anchor) {
      const anchors = scopes.flatMap(scope => find(spec.anchor.selector, scope, memo));
      if (anchors.length !== 1)
        return {count: 0, missing: 'anchor', of: anchors.length ? several(anchors) : why(spec.anchor.selector, scopes[0])};
      if (scopes.some(scope => find(alone, scope, memo).length)) return {count: 0, aside: true};
    }
    const result = {count: 0, hidden: new Set(scopes.flatMap(scope => FINDERS[spec.kind](alone, scope, memo))).size};
    const elsewhere = spec.within || spec.row ? find(alone, root, memo) : [];
    result.outside = elsewhere.length;
    result.itself = elsewhere.some(element => scopes.includes(element));
    const name = {role: spec.name, label: spec.value}[spec.kind];
    result.text = !!name && scopes.some(scope => find({kind: 'text', value: name, exact: true}, scope, memo).length);
    return {...result, names: namesIn(scopes, spec)};
  }

  return JSON.stringify({...state(), ...part(() => why(JSON.parse(request).spec, document))});
}
