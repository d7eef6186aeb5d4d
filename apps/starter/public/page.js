// The page: users and the life of the application, kept up to date by one stream of events.

const $ = (id) => document.getElementById(id)
const form = $('create')
const users = new Map()

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const response = await send('/users', {
    method: 'POST',
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  })
  if (!response) return
  const problem = response.ok ? {} : await response.json()
  const taken = response.status === 409 ? [{ path: 'email', detail: 'This address is taken already.' }] : []
  showErrors([...taken, ...(problem.errors ?? [])])
  if (!response.ok) return say(problem.detail ?? problem.title)
  const { name } = await response.json()
  say(`${name} was created.`)
  form.reset()
  form.elements.name.focus()
})

async function remove(user, item) {
  const next = item.nextElementSibling ?? item.previousElementSibling
  const response = await send(`/users/${user.id}`, { method: 'DELETE' })
  if (!response) return
  if (!response.ok && response.status !== 404) return say((await response.json()).title)
  forget(user)
  say(`${user.name} was deleted.`)
  // The button that had the focus is gone: the keyboard goes on from the next one.
  ;(next?.querySelector('button') ?? $('users-title')).focus()
}

function listen() {
  const events = new EventSource('/events')
  events.addEventListener('open', () => {
    $('connection').textContent = 'live'
    void load()
  })
  events.addEventListener('error', () => {
    $('connection').textContent = 'the connection was lost; it is tried again'
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 1000)
  })
  events.addEventListener('life', ({ data }) => showLife(JSON.parse(data)))
  events.addEventListener('change', ({ data }) => {
    const { type, user } = JSON.parse(data)
    if (type === 'missed') void load()
    else if (type === 'deleted') forget(user)
    else show(user, type === 'created')
  })
}

async function load() {
  const response = await send('/users?limit=200')
  if (!response?.ok) return
  const list = await response.json()
  const ids = new Set(list.map(({ id }) => id))
  for (const { user } of [...users.values()]) if (!ids.has(user.id)) forget(user)
  for (const user of list) show(user)
  count()
}

function show(user, isNew = false) {
  const button = element('button', { type: 'button', ariaLabel: `Delete ${user.name}` }, 'Delete')
  const item = element(
    'li',
    { className: isNew ? 'new' : '' },
    element('div', {}, user.name, element('small', {}, user.email)),
    button,
  )
  button.addEventListener('click', () => remove(user, item))
  const old = users.get(user.id)
  const focused = old?.item.contains(document.activeElement)
  if (old) old.item.replaceWith(item)
  else $('users').append(item)
  if (focused) button.focus()
  users.set(user.id, { user, item })
  count()
}

function forget({ id }) {
  users.get(id)?.item.remove()
  users.delete(id)
  count()
}

function count() {
  $('count').textContent = users.size || ''
  $('empty').hidden = users.size > 0
}

function showLife({ replica, state, uptime, modules, inFlight }) {
  $('replica').textContent = `${replica}, up for ${uptime} s`
  const states = ['starting', 'running', 'draining', 'stopping'].map((name) =>
    element('li', name === state ? { ariaCurrent: 'step' } : {}, name),
  )
  replace('states', states)
  const longest = Math.max(1, ...modules.map(({ ms }) => ms ?? 0))
  const rows = modules.map(({ name, state, ms }) => {
    const bar = element('span', { className: 'bar', ariaHidden: 'true' })
    bar.style.width = `${((ms ?? 0) / longest) * 100}%`
    return element(
      'li',
      {},
      element('div', {}, name, bar),
      element('span', { className: state }, `${state}${ms === null ? '' : ` in ${Math.round(ms)} ms`}`),
    )
  })
  replace('modules', rows)
  const work = inFlight.map(({ kind, label }) =>
    element('li', {}, element('span', {}, label), element('small', {}, kind)),
  )
  replace('work', work.length > 0 ? work : [element('li', {}, 'nothing')])
}

/** Only what changed is drawn: a screen reader that stands here is not thrown out every second. */
function replace(id, items) {
  if ($(id).innerHTML !== items.map((item) => item.outerHTML).join('')) $(id).replaceChildren(...items)
}

function showErrors(errors) {
  for (const name of ['name', 'email']) {
    const found = errors.find(({ path }) => path === name)
    $(`${name}-error`).textContent = found?.detail ?? ''
    form.elements[name].ariaInvalid = String(found !== undefined)
  }
  form.querySelector('[aria-invalid="true"]')?.focus()
}

async function send(path, options = {}) {
  try {
    return await fetch(path, {
      ...options,
      headers: options.body ? { 'content-type': 'application/json' } : {},
    })
  } catch {
    say('The server cannot be reached.')
  }
}

function say(text) {
  $('message').textContent = text
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

listen()
