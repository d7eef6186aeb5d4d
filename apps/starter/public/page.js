// The page: the life of the application and its users, updated by one stream of events.

import { html, nothing, render } from '/lib/lit/lit-html.js'
import { life } from './life.js'
import { draw, page } from './page-state.js'
import { change, load, users } from './users.js'

const view = () => html`
  <a class="skip" href="#users-title">Skip to the users</a>
  <header>
    <h1><img src="/icon.svg" alt="" width="32" height="32" />starter</h1>
    <nav aria-label="Links">
      ${page.boot?.development ? html`<a href="/docs">API</a> <a href="/_myfy">Inspector</a>` : html`<a href="/openapi.json">API</a>`}
      <a href="/health">Health</a> <a href="/metrics">Metrics</a>
    </nav>
    <p role="status" class="connection" data-live=${page.connection === 'live'}>${page.connection}</p>
  </header>
  <main>${life(page)} ${users(page)} ${page.boot?.development ? edit : nothing}</main>
`

const edit = html`
  <section class="edit" aria-labelledby="edit-title">
    <h2 id="edit-title">Make it yours</h2>
    <p class="lead">Edit <code>src/users.ts</code> and save: the running application takes the change over, on the same port.</p>
    <ul>
      <li><code>src/users.ts</code> what a user is, its table, its routes</li>
      <li><code>src/app.ts</code> the modules, in the order in which they start</li>
      <li><code>src/settings.ts</code> every variable, with its default</li>
      <li><code>npx myfy db new phone</code> a new migration</li>
    </ul>
  </section>
`

function listen() {
  const events = new EventSource('/events')
  events.addEventListener('open', () => {
    draw({ connection: 'live' })
    load()
  })
  events.addEventListener('error', () => {
    draw({ connection: 'connection lost, reconnecting …' })
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 1000)
  })
  events.addEventListener('boot', ({ data }) => {
    const boot = JSON.parse(data)
    // The times are those of the server: only its age is compared with the clock of this browser.
    boot.began = performance.now() - boot.age
    const isReload = page.boot && page.boot.origin !== boot.origin
    draw({ boot, reloads: page.reloads + (isReload ? 1 : 0) })
  })
  events.addEventListener('status', ({ data }) => draw({ status: JSON.parse(data) }))
  events.addEventListener('change', change)
}

// Renders the differences only, so that the focus and the position of a screen reader stay.
page.render = () => render(view(), document.body)
document.body.replaceChildren()
draw()
listen()
setInterval(() => document.visibilityState === 'visible' && draw(), 1000)
