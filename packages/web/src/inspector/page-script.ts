// The script of the inspector: loads the data as it changes while the page is visible, and renders what has changed.

/** The JavaScript of the page, as the browser runs it. */
export const SCRIPT = `
const path = document.body.dataset.path
const token = new URLSearchParams(location.hash.slice(1)).get('token')
if (token) history.replaceState(null, '', location.pathname)
const headers = token ? { authorization: 'Bearer ' + token } : {}
const RETRY_MS = 500
const MAX_REQUESTS = 500

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const esc = (value) => String(value ?? '').replace(/[&<>"']/g, (c) => escapes[c])
const ms = (value) => value === undefined || value === null ? '…' : value < 10 ? (Math.round(value * 100) / 100) + ' ms' : value < 1000 ? Math.round(value) + ' ms' : (value / 1000).toFixed(1) + ' s'
const time = (at) => new Date(at).toLocaleTimeString('en-GB')
const scroll = (label, html) => '<div class="scroll" role="region" tabindex="0" aria-label="' + esc(label) + '">' + html + '</div>'
const none = (text) => '<p class="soft">' + esc(text) + '</p>'
const head = (...cells) => '<thead><tr>' + cells.map((cell) => '<th scope="col"' + (cell.startsWith('#') ? ' class="n">' + esc(cell.slice(1)) : '>' + esc(cell)) + '</th>').join('') + '</tr></thead>'
const table = (label, titles, rows) => scroll('Table: ' + label, '<table>' + head(...titles) + '<tbody>' + rows.join('') + '</tbody></table>')
const bar = (from, width, all) => '<span class="track"><svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect x="' + Math.round(1000 * from / all) + '" y="0" height="10" width="' + Math.max(3, Math.round(1000 * width / all)) + '"></rect></svg></span>'

const views = {
  modules({ modules, application }) {
    const color = { started: 'good', failed: 'bad', starting: 'warn', stopping: 'warn' }
    return table('Modules', ['Module', 'State', '#Start', 'Health', 'Requires'], modules.map((module) => {
      const health = module.health
      const text = health === undefined ? '<span class="soft">' + (application.checking ? 'checking …' : 'no check') + '</span>' : health.healthy ? '<span class="good">healthy</span>' : '<span class="bad">unhealthy</span> ' + esc(health.message)
      return '<tr><td>' + esc(module.name) + (module.critical ? ' <span class="warn">critical path</span>' : '') + '</td><td class="' + (color[module.state] ?? '') + '">' + esc(module.state) + '</td><td class="n">' + (module.ms === undefined ? '<span class="soft">kept</span>' : ms(module.ms)) + '</td><td>' + text + '</td><td>' + (module.requires.map(esc).join(', ') || '<span class="soft">none</span>') + '</td></tr>'
    }))
  },
  boot({ boot }) {
    const steps = boot.steps.flatMap((part) => [{ ...part, part: true }, ...part.steps.filter((step) => step.level !== undefined || step.failed || (step.ms ?? 1) >= 1)])
    if (steps.length === 0) return none('The application has not started.')
    const first = Math.min(...steps.map((step) => step.at))
    const all = Math.max(1, ...steps.map((step) => step.at - first + (step.ms ?? 0)))
    const path = boot.criticalPath.map(({ module, ms: own }) => esc(module) + ' ' + ms(own)).join(' → ')
    return '<p>Critical path ' + ms(boot.criticalMs) + ': ' + (path || 'none') + '</p><ol class="bars" aria-label="Steps of the start">' + steps.map((step) =>
      '<li class="' + (step.failed ? 'failed' : step.critical ? 'critical' : '') + '"><span class="name' + (step.part ? '' : ' inner') + '">' + esc(step.name) + '</span>' + bar(step.at - first, step.ms ?? 0, all) + '<span class="ms">' + ms(step.ms) + (step.critical ? ' <span class="warn" title="on the critical path">●</span>' : '') + '</span></li>').join('') + '</ol>'
  },
  flight({ work }) {
    if (work.length === 0) return none('Nothing is in flight.')
    return table('Work in flight', ['Kind', 'Work', '#Since'], work.map((one) => '<tr><td>' + esc(one.kind) + '</td><td>' + esc(one.label) + '</td><td class="n">' + ms(one.ms) + '</td></tr>'))
  },
  requests({ recording }) {
    const limited = recording.limited ? '<p class="warn">More than ' + recording.maxPerSecond + ' requests a second: some are not shown.</p>' : ''
    const filter = document.querySelector('#filter').value.toLowerCase()
    const list = [...requests.values()].reverse().filter((one) => matches(one, filter))
    if (list.length === 0) return limited + none(filter ? 'No request matches.' : 'No request yet.')
    return limited + table('The last ' + list.length + ' requests', ['Time', '#Status', 'Request', '#Time taken', '#Bytes', 'Id'], list.map(work))
  },
  tasks({ tasks }) {
    if (tasks.length === 0) return none('No task has run.')
    return table('The last tasks', ['Time', '#Status', 'Task', '#Time taken'], [...tasks].reverse().map(work))
  },
  reloads({ reloads }) {
    if (reloads.length === 0) return none('No reload since the process started.')
    return '<ul class="plain">' + [...reloads].reverse().map((reload) => '<li>' + esc(time(reload.began)) + ' ' + (reload.error ? '<span class="bad">failed</span>: ' + esc(reload.error) : reload.ms === undefined ? 'under way' : ms(reload.ms)) +
      '<br><span class="mono">' + reload.files.map(esc).join('<br>') + '</span>' +
      (reload.reused.length ? '<br>kept: ' + reload.reused.map(esc).join(', ') : '') +
      reload.replaced.map(({ module, reason }) => '<br>started again: ' + esc(module) + ', because ' + esc(reason)).join('') + '</li>').join('') + '</ul>'
  },
  settings({ settings }) {
    if (settings.length === 0) return none('The application reads no settings.')
    return table('Settings', ['Variable', 'Key', 'From', 'Value'], settings.map((one) => '<tr><td class="mono">' + esc(one.variable) + '</td><td class="mono">' + esc(one.key) + '</td><td>' + esc(one.source ?? 'default') + '</td><td class="mono">' + (one.value !== undefined ? esc(one.value) : '<span class="soft">' + (one.source === undefined ? 'as in its schema' : 'not shown') + '</span>') + '</td></tr>'))
  },
  stop({ stop }) {
    const { budget } = stop
    const grace = budget.gracePeriod === null ? 'the grace period is not known' : 'grace period ' + ms(budget.gracePeriod)
    return '<p>' + (stop.inFlight === 0 ? 'Nothing is in flight: the drain would end at once.' : esc(stop.inFlight) + ' in flight, the oldest for ' + ms(stop.oldestMs) + '.') + '</p>' +
      (stop.waitingFor.length ? '<p class="warn">The stop waits for ' + stop.waitingFor.map(esc).join(', ') + '.</p>' : '') +
      (stop.replacedWaitingFor.length ? '<p class="warn">The application before the last reload still waits for ' + stop.replacedWaitingFor.map(esc).join(', ') + '.</p>' : '') +
      '<p>Budget: drain ' + ms(budget.drain) + ', stop ' + ms(budget.stop) + ', flush ' + ms(budget.flush) + ', in total ' + ms(budget.total) + ' (' + grace + ').</p>' +
      table('Modules in stop order', ['Stops', '#Last time'], stop.order.map((one) => '<tr><td>' + esc(one.module) + '</td><td class="n">' + (one.lastStopMs === undefined ? '<span class="soft">not stopped yet</span>' : ms(one.lastStopMs)) + '</td></tr>'))
  },
}

function work(one) {
  const color = one.status >= 500 || one.incomplete || (one.error && !one.status) ? 'bad' : one.status >= 400 ? 'warn' : one.ms === undefined ? 'soft' : 'good'
  const status = one.ms === undefined ? 'open' : one.status || (one.error ? 'failed' : 'done')
  const id = 'd-' + one.serial
  const name = !(one.parts ?? one.spans.length + one.lines.length) && !one.error ? esc(one.name) : '<details id="' + esc(id) + '"><summary>' + esc(one.name) + '</summary>' + (opened.has(id) ? detailsOf(one) : '') + '</details>'
  return '<tr><td class="at">' + esc(time(one.began)) + '</td><td class="n ' + color + '">' + esc(status) + (one.incomplete ? ' cut' : '') + '</td><td class="what">' + name + '</td><td class="n">' + ms(one.ms) + '</td>' + (one.kind === 'task' ? '' : '<td class="n">' + esc(one.bytes ?? '') + '</td><td class="mono id" title="' + esc(one.id) + '">' + esc(one.id.slice(0, 8)) + '</td>') + '</tr>'
}

// Only what is open: five hundred requests with all of their spans and lines take longer to render than to read.
const opened = new Set()
function detailsOf(one) {
  if (!one.spans) return none('loading …')
  const all = Math.max(0.01, one.ms ?? 0, ...one.spans.map((span) => span.at + (span.ms ?? 0)))
  return (one.error ? '<p class="bad">' + esc(one.error.name) + (one.error.code ? ' [' + esc(one.error.code) + ']' : '') + ': ' + esc(one.error.message) + '</p>' : '') +
    (one.spans.length ? '<ol class="bars" aria-label="Spans">' + one.spans.map((span) => '<li class="' + (span.error ? 'failed' : '') + '"><span class="name">' + esc(span.kind + ' ' + span.name) + '</span>' + bar(span.at, span.ms ?? 0, all) + '<span class="ms">' + ms(span.ms) + '</span></li>').join('') + '</ol>' : '') +
    (one.partial ? '<p class="soft">Spans and log lines may be missing: the limit of recording was reached.</p>' : '') +
    (one.lines.length ? '<ul class="plain mono" aria-label="Log lines">' + one.lines.map((line) => '<li><span class="' + (line.level === 'error' ? 'bad' : line.level === 'warn' ? 'warn' : 'soft') + '">' + esc(line.level) + '</span> ' + esc(line.message) + fieldsOf(line.fields) + '</li>').join('') + '</ul>' : '')
}

document.addEventListener('toggle', ({ target }) => {
  if (!target.id?.startsWith('d-') || target.open === opened.has(target.id)) return
  if (target.open) opened.add(target.id)
  else opened.delete(target.id)
  render()
}, true)

const stackOf = (err) => err.stack + (err.cause?.stack ? '\\ncaused by: ' + stackOf(err.cause) : '')

// The stack of an error is read line by line, everything else at a glance.
function fieldsOf({ err, ...rest }) {
  const text = Object.entries(rest).map(([key, value]) => key + '=' + (typeof value === 'object' ? JSON.stringify(value) : value)).join(' ')
  return (text ? ' <span class="soft">' + esc(text) + '</span>' : '') + (err?.stack ? '<pre class="soft">' + esc(stackOf(err)) + '</pre>' : '')
}

const requests = new Map()
let data
let version = 0

// Only a view whose content differs is replaced. What is open stays open, and the focus stays where it is.
function render() {
  for (const [name, view] of Object.entries(views)) {
    const place = document.querySelector('[data-view=' + name + ']')
    const html = view(data)
    if (place.rendered === html) continue
    const focused = place.contains(document.activeElement) ? document.activeElement : undefined
    const key = focused?.closest('details')?.id ?? (focused?.getAttribute('role') === 'region' ? 'region' : undefined)
    const old = place.querySelector('.scroll')
    const [left, top] = [old?.scrollLeft ?? 0, old?.scrollTop ?? 0]
    place.innerHTML = html
    place.rendered = html
    for (const details of place.querySelectorAll('details')) if (opened.has(details.id)) details.open = true
    place.querySelector('.scroll')?.scrollTo(left, top)
    if (key) (key === 'region' ? place.querySelector('.scroll') : document.getElementById(key)?.querySelector('summary'))?.focus({ preventScroll: true })
  }
}

function summarize(text, color) {
  const place = document.querySelector('#summary')
  if (place.textContent === text) return
  place.textContent = text
  place.className = color
}

const waits = ({ stop, work }) => {
  const list = stop.waitingFor.length ? stop.waitingFor : work.map((one) => one.label)
  return list.length ? 'It waits for ' + list.join(', ') + '.' : 'It waits for nothing.'
}

function summary(data) {
  const { application } = data
  const text = application.state + (application.checking ? ', checking the modules …' : application.ready ? ', ready' : ', not ready')
  if (application.state !== 'running') return text + '. ' + waits(data)
  return text + ' · ' + application.urls.join(' ') + ' · pid ' + application.pid + ' · Node ' + application.node + ' · ' + application.memoryMb + ' MB'
}

// What is shown is the past: the application has ended, or starts again.
let lostAt
function lost() {
  lostAt ??= Date.now()
  document.body.classList.add('stale')
  const before = data === undefined ? '' : ' Before, it was ' + data.application.state + '.' + (data.application.state === 'running' ? '' : ' ' + waits(data).replace('waits', 'waited'))
  summarize('The application has not answered since ' + time(lostAt) + '.' + before + ' This page tries again.', 'bad')
}

const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))

// Returns false if it is better to wait before the next question.
async function load() {
  try {
    // The first picture has more rows than a screen. The others, and the parts of all, follow when it is painted.
    const canWait = data !== undefined && !data.abridged && !data.application.checking
    const response = await fetch(path + '/data.json?page&since=' + version + (data === undefined ? '&rows' : canWait ? '&wait' : ''), { headers })
    if (response.status === 401) return summarize('The inspector needs its token: open this page with #token=… in its address.', 'bad'), false
    if (!response.ok) return summarize('The inspector answered ' + response.status + '.', 'bad'), false
    const next = await response.json()
    // Another process counts from the beginning.
    if (data !== undefined && next.application.pid !== data.application.pid) {
      opened.clear()
      version = 0
      data = undefined
      return load()
    }
    data = next
    if (version === 0) requests.clear()
    if (!data.abridged) version = data.version
    lostAt = undefined
    document.body.classList.remove('stale')
    for (const request of data.requests) requests.set(request.serial, request)
    for (const key of requests.keys()) if (requests.size > MAX_REQUESTS) requests.delete(key)
    summarize(summary(data), data.application.ready ? 'good' : 'warn')
    render()
    if (data.abridged) return await painted(), true
    return data.application.state === 'running' && !data.application.checking
  } catch {
    lost()
    return false
  }
}

let isLoading = false
async function follow() {
  if (isLoading) return
  isLoading = true
  while (document.visibilityState === 'visible' && !document.querySelector('#pause').checked)
    if (!(await load())) await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  isLoading = false
}

// A part of an id is long: three digits are a status, which an id may contain by chance.
function matches(one, filter) {
  const text = one.name + ' ' + one.status + (filter.length > 3 ? ' ' + one.id : '')
  return text.toLowerCase().includes(filter)
}

document.querySelector('#filter').addEventListener('input', () => { if (data) render() })
document.querySelector('#pause').addEventListener('change', follow)
document.addEventListener('visibilitychange', follow)
void follow()
`
