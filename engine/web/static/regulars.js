// What a shop's pages load to tell Regulars of visits: docs/shops/pages.md says how. It stores nothing and sends nothing
// before regulars('consent', true), then only in localStorage under one name; regulars('consent', false) deletes that.
// It is served without lines like these and without indentation, and must stay below 6,000 bytes: a test measures it.
(function (w, d) {
  'use strict';
  const me = d.currentScript || d.querySelector('script[data-shop][src*="/js/regulars.js"]');
  if (!me || w.regulars?.ready) return;
  const url = new URL('../collect/' + me.dataset.shop, me.src).href;
  const name = 'regulars:' + me.dataset.shop, MINUTE = 6e4, MOST = 50;
  const param = /([?&])regulars_visit=([^&]*)&?/;
  const came = source(), waiting = w.regulars?.q || [];
  const device = !matchMedia('(pointer:coarse)').matches ? 'computer'
    : Math.min(screen.width, screen.height) < 600 ? 'phone' : 'tablet';
  // `early` and `words` wait in memory for consent; `mine` is what is kept where there is no storage
  let mine = null, off = false, early = [], words = [], timer = 0, flight = Promise.resolve();

  function id(bytes) {
    const raw = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes)));
    return btoa(raw).replace(/\+/g, '-').replace(/\//g, '_');
  }
  // the state: v the visitor, t when it last did something, b for each visit {i, f, q, k}: number, source, events, words
  function load() {
    try {
      const s = JSON.parse(localStorage.getItem(name));
      mine = s && s.v && Array.isArray(s.b) ? s : null;
    } catch (e) {}
    return mine;
  }
  function save(s) {
    mine = s;
    try { localStorage.setItem(name, JSON.stringify(s)); } catch (e) {}
  }
  function clean(value, most) {
    return [...String(value ?? '').replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()].slice(0, most).join('');
  }
  function source() {
    const asked = new URLSearchParams(location.search), found = {};
    try {
      const site = new URL(d.referrer).hostname;
      if (site && site !== location.hostname) found.site = site.slice(0, 255);
    } catch (e) {}
    for (const key of ['source', 'medium', 'campaign']) {
      const value = clean(asked.get('utm_' + key), 100);
      if (value) found[key] = value;
    }
    return found;
  }
  // which product this page is about: an element that says so, else JSON-LD
  function goods() {
    const one = d.querySelector('[data-regulars-product]'), said = one?.dataset;
    if (one) return {product: said.regularsProduct, category: said.regularsCategory, brand: said.regularsBrand};
    for (const each of d.querySelectorAll('script[type="application/ld+json"]')) try {
      const all = [].concat(JSON.parse(each.textContent)).flatMap(x => x['@graph'] || x);
      const found = all.find(x => [].concat(x['@type']).includes('Product'));
      if (found) return {product: found.sku || found.productID};
    } catch (e) {}
    return {};
  }

  function tell(did, more) {
    if (off) return;
    const said = more || {}, one = {id: id(6), did, at: Date.now()};
    one.page = clean(said.page || me.dataset.page || location.pathname, 300);
    for (const [key, most] of Object.entries({product: 128, category: 255, brand: 255, words: 200})) {
      const value = clean(said[key], most);
      if (value) one[key] = value;
    }
    if (said.quantity >= 1 && said.quantity <= 1e6) one.quantity = Math.floor(said.quantity);
    early.push(one);
    early = early.slice(-MOST);
    take();
  }
  // what waits in memory goes into the visit of this moment, if there is consent
  function take() {
    const s = load(), now = Date.now();
    if (!s || !(early.length + words.length)) return;
    if (!s.b.length || !(Math.abs(now - s.t) < 30 * MINUTE)) s.b.push({i: id(9), f: came, q: [], k: []});
    s.t = now;
    const b = s.b[s.b.length - 1];
    b.q = b.q.concat(early).slice(-MOST);
    b.k = b.k.concat(words).slice(-5);
    s.b = s.b.slice(-5);
    early = [];
    words = [];
    save(s);
    later(1e3);
  }
  function later(ms) {
    timer = timer || setTimeout(() => { timer = 0; send(); }, ms);
  }
  function post(body) {
    return fetch(url, {method: 'POST', body: JSON.stringify(body), keepalive: true, credentials: 'omit'});
  }
  function send() {
    const s = load(), now = Date.now();
    if (!s || navigator.onLine === false) return;
    for (const b of s.b) {
      const q = b.q.filter(e => now - e.at < 4320 * MINUTE);
      if (!(q.length + b.k.length)) continue;
      const events = q.map(({at, ...e}) => ({...e, ago: Math.max(0, now - at)}));
      flight = post({visitor: s.v, visit: b.i, device, ...b.f, events, ties: b.k})
        .then(r => r.status === 429 || r.status > 499 ? later(MINUTE) : done(s.v, b), () => later(MINUTE));
    }
  }
  // forgets what the server has, or will never take; another tab may have added to it meanwhile
  function done(v, sent) {
    const s = load();
    if (!s || s.v !== v) return;
    for (const b of s.b) if (b.i === sent.i) {
      b.q = b.q.filter(e => !sent.q.some(x => x.id === e.id));
      b.k = b.k.filter(e => !sent.k.some(x => x.token === e.token));
    }
    s.b = s.b.filter((b, n) => b.q.length + b.k.length || n === s.b.length - 1);
    save(s);
  }

  const does = {
    consent(yes) {
      const s = load();
      off = !yes;
      if (yes) {
        if (!s) save({v: id(24), t: 0, b: []});
        return take();
      }
      early = [];
      words = [];
      mine = null;
      try { localStorage.removeItem(name); } catch (e) {}
      if (s) flight.then(() => post({visitor: s.v, visit: id(9), device, withdraw: true})).catch(() => {});
    },
    view(more) { tell('view', {...goods(), ...more}); },
    cart(more) { tell('cart', more); },
    search(text) { tell('search', {words: text}); },
    order(token) { word('order', token); },
    // without a token somebody has logged out: who comes next is another visitor
    identify(token) {
      if (token) return word('identify', token);
      send();
      if (load()) save({v: id(24), t: 0, b: []});
    },
    visitor(then) {
      const v = load()?.v || null;
      then?.(v);
      return v;
    }
  };
  function word(by, token) {
    if (off) return;
    words.push({by, token: String(token)});
    take();
  }
  function regulars(what, ...said) {
    try { return does[what]?.(...said); } catch (e) { console.warn('regulars:', e); }
  }
  function page() {
    const found = d.querySelector('[data-regulars-search]');
    does.view();
    if (found) does.search(found.dataset.regularsSearch);
  }
  function start() {
    if (me.dataset.view !== 'manual') page();
    addEventListener('pageshow', e => e.persisted && page());
    addEventListener('pagehide', () => { tell('leave'); send(); });
    addEventListener('online', send);
    d.addEventListener('visibilitychange', () => d.hidden && send());
    d.addEventListener('click', e => {
      const one = e.target.closest?.('[data-regulars-cart]');
      if (one) tell('cart', {product: one.dataset.regularsCart, quantity: +one.dataset.regularsQuantity || 1});
    }, true);
  }

  const mail = location.search.match(param);
  if (mail) {
    const rest = location.search.replace(param, '$1').replace(/[?&]$/, '');
    history.replaceState(history.state, '', location.pathname + rest + location.hash);
    word('click', decodeURIComponent(mail[2]));
  }
  regulars.ready = true;
  w.regulars = regulars;
  for (const each of waiting) regulars(...each);
  if (d.readyState === 'loading') d.addEventListener('DOMContentLoaded', start);
  else start();
})(window, document);
