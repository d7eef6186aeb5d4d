// The script of the page of `myfy graph`: it draws edges, selects and searches. Plain JavaScript for any browser.

/** The script. `#q=word` in the address searches, `#id=n3` selects. */
export const pageScript = String.raw`
(() => {
  const { edges, names, paths } = JSON.parse(document.getElementById('data').textContent)
  const name = new Map(names)
  const svg = document.getElementById('lines')
  const main = document.querySelector('main')
  const items = [...document.querySelectorAll('li[id]')]
  const details = document.getElementById('details')
  const search = document.getElementById('search')
  const bare = (text) => text.replace(/ \((request|task|transient)\)$/, '')
  const broken = new Set(paths.flatMap((path) => path.slice(1).map((to, i) => bare(path[i]) + '\0' + bare(to))))
  const all = edges.map((edge) => ({ ...edge, fault: broken.has(name.get(edge.from) + '\0' + name.get(edge.to)) }))
  const byName = new Map(names.map(([id, text]) => [text, id]))
  for (const pair of broken) {
    const [from, to] = pair.split('\0').map((text) => byName.get(text))
    if (from && to && !all.some((edge) => edge.from === from && edge.to === to)) all.push({ from, to, kind: 'inject', fault: true })
  }
  main.style.setProperty('--faint', all.length > 400 ? '.12' : all.length > 80 ? '.25' : '.45')
  let selected
  const draw = () => {
    svg.replaceChildren()
    svg.innerHTML = '<defs><marker id="to" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0,0 L6,3 L0,6" fill="context-stroke"/></marker></defs>'
    if (!document.getElementById('edges').checked) return
    const origin = main.getBoundingClientRect()
    for (const { from, to, kind, fault } of all) {
      const a = document.getElementById(from), b = document.getElementById(to)
      if (!a || !b || !a.offsetParent || !b.offsetParent) continue
      const p = a.getBoundingClientRect(), q = b.getBoundingClientRect()
      const up = q.top < p.top
      const x1 = p.left + p.width / 2 - origin.left, y1 = (up ? p.top : p.bottom) - origin.top
      const x2 = q.left + q.width / 2 - origin.left, y2 = (up ? q.bottom : q.top) - origin.top
      const bend = Math.max(14, Math.abs(y2 - y1) / 2) * (up ? -1 : 1)
      const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
      const flat = Math.abs(p.top - q.top) < 4
      path.setAttribute('d', flat
        ? 'M' + x1 + ',' + y1 + ' C' + x1 + ',' + (y1 + 26) + ' ' + x2 + ',' + (q.bottom - origin.top + 26) + ' ' + x2 + ',' + (q.bottom - origin.top)
        : 'M' + x1 + ',' + y1 + ' C' + x1 + ',' + (y1 + bend) + ' ' + x2 + ',' + (y2 - bend) + ' ' + x2 + ',' + y2)
      const on = selected && (from === selected || to === selected)
      path.setAttribute('marker-end', 'url(#to)')
      path.setAttribute('class', [kind, fault ? 'fault' : '', on ? 'on' : ''].join(' '))
      svg.append(path)
    }
    svg.classList.toggle('focused', Boolean(selected))
  }
  const select = (id) => {
    selected = id
    const near = new Set(all.filter((e) => e.from === id || e.to === id).flatMap((e) => [e.from, e.to]).concat(id))
    for (const item of items) {
      item.classList.toggle('on', item.id === id)
      item.classList.toggle('faded', Boolean(id) && !near.has(item.id))
    }
    details.hidden = !id
    details.replaceChildren()
    if (id) {
      const list = (label, ids) => {
        const p = document.createElement('p')
        p.textContent = label + ': ' + (ids.map((one) => name.get(one)).join(', ') || 'nothing')
        return p
      }
      const title = document.createElement('b')
      title.textContent = document.getElementById(id).title
      details.append(title, list('injects', all.filter((e) => e.from === id).map((e) => e.to)), list('injected into', all.filter((e) => e.to === id).map((e) => e.from)))
    }
    draw()
  }
  const find = (word) => {
    const text = word.trim().toLowerCase()
    for (const item of items) {
      const module = item.closest('.module').dataset.name
      const hit = !text || item.textContent.toLowerCase().includes(text) || module.toLowerCase().includes(text)
      item.classList.toggle('faded', !hit)
      item.classList.toggle('found', Boolean(text) && hit)
    }
    for (const card of document.querySelectorAll('.module')) {
      const hit = !text || card.dataset.name.toLowerCase().includes(text) || card.querySelector('.found')
      card.classList.toggle('faded', !hit)
    }
    const first = document.querySelector('.found')
    if (first) first.scrollIntoView({ block: 'center' })
  }
  for (const item of items) {
    item.addEventListener('click', (event) => { event.stopPropagation(); select(selected === item.id ? undefined : item.id) })
    item.addEventListener('keydown', (event) => { if (event.key === 'Enter') select(item.id) })
  }
  for (const box of document.querySelectorAll('.legend input')) {
    box.addEventListener('change', () => {
      for (const item of items) if (item.dataset.scope === box.value) item.classList.toggle('hidden', !box.checked)
      draw()
    })
  }
  document.getElementById('edges').addEventListener('change', draw)
  search.addEventListener('input', () => find(search.value))
  addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== search) { event.preventDefault(); search.focus() }
    if (event.key === 'Escape') { search.value = ''; find(''); select(undefined) }
  })
  addEventListener('resize', draw)
  const hash = new URLSearchParams(location.hash.slice(1))
  if (hash.get('q')) { search.value = hash.get('q'); find(search.value) }
  draw()
  if (hash.get('id')) select(hash.get('id'))
})()
`
