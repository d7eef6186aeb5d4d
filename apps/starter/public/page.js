// The page: users and the status of the application, updated by one stream of events.

import { repeat } from '/lib/lit/directives/repeat.js'
import { html, nothing, render } from '/lib/lit/lit-html.js'

const page = { connection: 'connecting …', message: '', errors: {}, status: undefined }
const users = new Map()

/** Renders the differences only, so the focus and the position of a screen reader stay. */
function draw(changes = {}) {
  Object.assign(page, changes)
  render(view(), document.body)
}

const view = () => html`
  <header>
    <h1>myfy starter</h1>
    <p role="status">${page.connection}</p>
  </header>
  <main class="grid">
    <section aria-labelledby="users-title">
      <h2 id="users-title" tabindex="-1">Users <small>${users.size || ''}</small></h2>
      <form novalidate @submit=${create}>
        ${field('name', 'Name', 'text')} ${field('email', 'E-mail', 'email')}
        <button type="submit">Create</button>
      </form>
      <p role="status">${page.message}</p>
      <table aria-labelledby="users-title">
        <tbody>
          ${repeat(users.values(), ({ id }) => id, row)}
        </tbody>
      </table>
      <p ?hidden=${users.size > 0}>No users yet. Create the first one: every open page shows it at once.</p>
    </section>
    <section aria-labelledby="status-title">${page.status && status(page.status)}</section>
  </main>
  <footer><a href="/health">health</a> <a href="/metrics">metrics</a> <a href="/openapi.json">API</a></footer>
`

const field = (name, label, type) => html`
  <label>
    ${label}
    <input name=${name} type=${type} autocomplete="off" aria-describedby="${name}-error"
      aria-invalid=${page.errors[name] ? 'true' : nothing} />
    <small id="${name}-error">${page.errors[name]}</small>
  </label>
`

const row = (user) => html`
  <tr>
    <th scope="row">${user.name}<br /><small>${user.email}</small></th>
    <td><button class="outline" aria-label="Delete ${user.name}" @click=${(event) => remove(user, event)}>Delete</button></td>
  </tr>
`

function status({ replica, startedAt, state, modules, inFlight }) {
  const longest = Math.max(1, ...modules.map(({ ms = 0 }) => ms))
  const step = (name) => html`<li aria-current=${name === state ? 'step' : nothing}>${name}</li>`
  const module = ({ name, state, ms }) => html`
    <tr>
      <th scope="row">${name}<progress aria-hidden="true" value=${ms ?? 0} max=${longest}></progress></th>
      <td>${state} ${ms === undefined ? '' : `in ${Math.round(ms)} ms`}</td>
    </tr>
  `
  const work = ([label, count]) => html`<tr><th scope="row">${label}</th><td>${count}</td></tr>`
  return html`
    <h2 id="status-title">Lifecycle of this replica</h2>
    <p>${replica}, started ${new Date(startedAt).toLocaleTimeString()}</p>
    <nav aria-label="States of the application"><ol>${['starting', 'running', 'draining', 'stopping'].map(step)}</ol></nav>
    <h3>Modules in start order</h3>
    <p><small>The bar shows the start time. Edit <code>src/app.ts</code> while <code>npm run dev</code> runs.</small></p>
    <table id="modules"><tbody>${modules.map(module)}</tbody></table>
    <h3>In flight</h3>
    <p><small>A stop waits for these. Press Ctrl+C with a request in progress to see it.</small></p>
    <table><tbody>${Object.entries(inFlight).map(work)}</tbody></table>
  `
}

async function create(event) {
  event.preventDefault()
  const form = event.target
  const response = await send('/users', 'POST', Object.fromEntries(new FormData(form)))
  const answer = await response.json()
  const errors = Object.fromEntries((answer.errors ?? []).map(({ path, detail }) => [path, detail]))
  if (response.status === 409) errors.email = 'This address is taken already.'
  if (response.ok) form.reset()
  draw({ errors, message: response.ok ? `${answer.name} was created.` : (answer.detail ?? answer.title) })
  ;(form.querySelector('[aria-invalid]') ?? form.elements.name).focus()
}

async function remove(user, { currentTarget }) {
  const row = currentTarget.closest('tr')
  const next = row.nextElementSibling ?? row.previousElementSibling
  const response = await send(`/users/${user.id}`, 'DELETE')
  if (!response.ok && response.status !== 404) return draw({ message: (await response.json()).title })
  users.delete(user.id)
  draw({ message: `${user.name} was deleted.` })
  // The focused button is removed: move the focus to the next one.
  ;(next?.querySelector('button') ?? document.getElementById('users-title')).focus()
}

async function load() {
  const response = await send('/users?limit=200')
  if (!response.ok) return
  users.clear()
  for (const user of await response.json()) users.set(user.id, user)
  draw()
}

function send(path, method = 'GET', json = undefined) {
  const headers = { 'content-type': 'application/json' }
  const unreachable = () => Response.json({ title: 'The server cannot be reached.' }, { status: 503 })
  return fetch(path, { method, headers, body: JSON.stringify(json) }).catch(unreachable)
}

let loading

async function change({ data }) {
  const { type, user } = JSON.parse(data)
  if (type === 'missed') loading = load()
  // Changes received while the list loads apply after it.
  await loading
  if (type === 'deleted') users.delete(user.id)
  else if (user) users.set(user.id, user)
  draw()
}

function listen() {
  const events = new EventSource('/events')
  events.addEventListener('open', () => {
    draw({ connection: 'live' })
    loading = load()
  })
  events.addEventListener('error', () => {
    draw({ connection: 'connection lost, reconnecting …' })
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 1000)
  })
  events.addEventListener('status', ({ data }) => draw({ status: JSON.parse(data) }))
  events.addEventListener('change', change)
}

draw()
listen()
