// The users: a form, and the list that every open page shares.

import { repeat } from '/lib/lit/directives/repeat.js'
import { html, nothing } from '/lib/lit/lit-html.js'
import { draw } from './page-state.js'

const list = new Map()

export const users = ({ message, errors }) => html`
  <section id="users" class="users" aria-labelledby="users-title">
    <h2 id="users-title" tabindex="-1">Users <small>${list.size || ''}</small></h2>
    <p class="lead">A change is committed before it is answered, and every open page shows it.</p>
    <div class="columns">
      <form novalidate @submit=${create}>
        ${field('name', 'Name', 'text', errors)} ${field('email', 'E-mail', 'email', errors)}
        <button type="submit">Create</button>
        <p role="status">${message}</p>
      </form>
      <div>
        <table aria-labelledby="users-title"><tbody>${repeat(list.values(), ({ id }) => id, row)}</tbody></table>
        <p class="empty" ?hidden=${list.size > 0}>No users yet. Create the first one.</p>
      </div>
    </div>
  </section>
`

const field = (name, label, type, errors) => html`
  <label>
    ${label}
    <input name=${name} type=${type} autocomplete="off" aria-describedby="${name}-error" aria-invalid=${errors[name] ? 'true' : nothing} />
    <small id="${name}-error">${errors[name]}</small>
  </label>
`

const row = (user) => html`
  <tr>
    <th scope="row">${user.name} <small>${user.email}</small></th>
    <td><button class="quiet" aria-label="Delete ${user.name}" @click=${(event) => remove(user, event)}>Delete</button></td>
  </tr>
`

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
  list.delete(user.id)
  draw({ message: `${user.name} was deleted.` })
  // The focused button is removed: move the focus to the next one.
  ;(next?.querySelector('button') ?? document.getElementById('users-title')).focus()
}

let loading

export function load() {
  loading = read()
}

async function read() {
  const response = await send('/users?limit=200')
  if (!response.ok) return
  list.clear()
  for (const user of await response.json()) list.set(user.id, user)
  draw()
}

export async function change({ data }) {
  const { type, user } = JSON.parse(data)
  if (type === 'missed') load()
  // Changes received while the list loads apply after it.
  await loading
  if (type === 'deleted') list.delete(user.id)
  else if (user) list.set(user.id, user)
  draw()
}

function send(path, method = 'GET', json = undefined) {
  const headers = { 'content-type': 'application/json' }
  const unreachable = () => Response.json({ title: 'The server cannot be reached.' }, { status: 503 })
  return fetch(path, { method, headers, body: JSON.stringify(json) }).catch(unreachable)
}
