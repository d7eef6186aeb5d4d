// The life of the application: its phases, the start of each module on one scale, and the work in flight.

import { html, nothing, svg } from '/lib/lit/lit-html.js'

const phases = [
  ['initialize', 'Initialize', 'initializing', 'Settings are read, the graph of services is verified.'],
  ['start', 'Start', 'starting', 'Modules open what they need.'],
  ['run', 'Run', 'running', 'Requests are answered.'],
  ['drain', 'Drain', 'draining', 'Accepted work is finished, nothing new is taken.'],
  ['stop', 'Stop', 'stopping', 'Modules close in reverse order.'],
]

const titles = {
  initializing: 'Initializing',
  starting: 'Starting',
  running: 'Running',
  draining: 'Draining',
  stopping: 'Stopping',
}

export function life({ status, boot, connection, reloads }) {
  if (!status || !boot) return html`<section class="life"><h2>Connecting …</h2></section>`
  const silent = connection !== 'live'
  // A drain ends the stream: the end of the process follows, unseen.
  const ending = ['draining', 'stopping'].includes(status.state)
  const state = silent && !ending ? 'lost' : status.state
  const title = silent
    ? ending
      ? 'Stopping, or stopped'
      : 'Not connected'
    : (titles[status.state] ?? status.state)
  return html`
    <section class="life" aria-labelledby="life-title" data-state=${state}>
      <h2 id="life-title"><span class="dot" aria-hidden="true"></span>${title}
        ${state === 'running' ? html`<small>for ${duration(performance.now() - boot.began - readyAt(boot), true)}</small>` : nothing}
      </h2>
      <p class="facts">Ready ${duration(readyAt(boot))} after it began · ${status.replica} · Node ${boot.node}${reloads ? ` · reloaded ${reloads} ${reloads === 1 ? 'time' : 'times'}` : ''}</p>
      <ol class="phases" aria-label="Phases of the application">${phases.map((phase) => phaseView(phase, status, boot))}</ol>
      <div class="columns">${startView(status, boot)} ${flightView(status, silent)}</div>
    </section>
  `
}

const partOf = (boot, name) => boot.steps.find((step) => step.name === name)

/** The end of the start, in ms since the application began. */
function readyAt(boot) {
  const start = partOf(boot, 'start')
  return (start?.at ?? 0) + (start?.ms ?? 0)
}

function phaseView([name, title, state, meaning], status, boot) {
  const part = partOf(boot, name)
  const current = status.state === state
  const limit = boot.budget[name]
  const time =
    name === 'run'
      ? current
        ? duration(performance.now() - boot.began - readyAt(boot), true)
        : ''
      : part?.ms !== undefined
        ? duration(part.ms)
        : current
          ? 'now'
          : limit
            ? `at most ${duration(limit)}`
            : ''
  const past = name === 'run' ? /draining|stopping/.test(status.state) : part?.ms !== undefined
  return html`
    <li data-phase=${name} class=${current ? 'current' : past ? 'past' : 'future'} aria-current=${current ? 'step' : nothing}>
      <strong>${title}</strong> <span>${time}</span> <small>${meaning}</small>
    </li>
  `
}

function startView({ modules }, boot) {
  const parts = ['initialize', 'start'].map((name) => partOf(boot, name)).filter((part) => part)
  const steps = new Map(parts.flatMap((part) => part.steps.map((step) => [step.name, step])))
  const initialize = partOf(boot, 'initialize')
  const end = Math.max(1, readyAt(boot), ...[...steps.values()].map((step) => step.at + (step.ms ?? 0)))
  const ticks = ticksUntil(end)
  const all = ticks.at(-1)
  const bar = (step, kind) => {
    if (!step || step.ms === undefined) return svg``
    // A bar is at least 0.5 % wide, so that it can be seen.
    const width = Math.max((100 * step.ms) / all, 0.5)
    return svg`<rect class=${kind} x="${Math.min((100 * step.at) / all, 99.5)}%" width="${width}%" y="0" height="100%" rx="3"></rect>`
  }
  const grid = ticks.map(
    (tick) => svg`<line x1="${(100 * tick) / all}%" x2="${(100 * tick) / all}%" y1="0" y2="100%"></line>`,
  )
  const ready = svg`<line class="ready" x1="${(100 * readyAt(boot)) / all}%" x2="${(100 * readyAt(boot)) / all}%" y1="0" y2="100%"></line>`
  const track = (step, kind) =>
    html`<span class="track" aria-hidden="true"><svg>${grid}${ready}${bar(step, kind)}</svg></span>`
  // The hooks and listeners behind the modules, as one row.
  const last = parts.flatMap((part) => part.steps).filter(({ name }) => /^(ready|listen) /.test(name))
  const listenAt = Math.min(...last.map(({ at }) => at))
  const listen = last.length
    ? { at: listenAt, ms: Math.max(...last.map(({ at, ms = 0 }) => at + ms)) - listenAt }
    : undefined
  const other = (name, step, state) => html`
    <tr class="other"><th scope="row">${name}</th><td class="bar">${track(step, 'other')}</td><td class="n">${step ? duration(step.ms ?? 0) : ''}</td><td class="state">${state}</td></tr>
  `
  const row = ({ name, state, ms }) => {
    const step = steps.get(name)
    const critical = step?.critical === true
    // Also after a reload, which keeps modules: they did not start again.
    const time = step ? duration(step.ms ?? 0) : state === 'started' && ms === undefined ? 'kept' : ''
    return html`
      <tr data-module=${state}>
        <th scope="row">${name}</th>
        <td class="bar">${track(step, step?.failed ? 'failed' : critical ? 'critical' : 'module')}</td>
        <td class="n">${time}${critical ? html`<span class="visually-hidden"> on the critical path</span>` : nothing}</td>
        <td class="state">${state}</td>
      </tr>
    `
  }
  return html`
    <div class="start">
      <h3>The start, on one scale</h3>
      <ul class="legend" aria-label="Legend">
        <li class="other">before and after the modules</li>
        <li class="module">start of a module</li>
        <li class="critical">on the critical path, ${duration(boot.criticalMs)}</li>
        <li class="ready">ready</li>
      </ul>
      <table id="modules">
        <caption class="visually-hidden">Modules in start order</caption>
        <thead>
          <tr><th scope="col">Module</th><td class="bar"><span class="axis" aria-hidden="true">${ticks.map((tick) => html`<span>${duration(tick)}</span>`)}</span></td><th scope="col" class="n">Time</th><th scope="col" class="state">State</th></tr>
        </thead>
        <tbody>
          ${other('settings, graph', initialize, 'verified')} ${modules.map(row)} ${other('listen', listen, listen ? 'open' : '')}
        </tbody>
      </table>
    </div>
  `
}

function flightView({ inFlight, state }, silent) {
  const work = Object.entries(inFlight)
  const count = work.reduce((sum, [, one]) => sum + one, 0)
  return html`
    <div class="flight">
      <h3>${silent ? 'Last seen in flight' : 'In flight'}</h3>
      <p class="count">${count}</p>
      <p>${state === 'draining' ? 'The drain waits for these, and loses none.' : 'A stop would wait for these, and lose none.'}</p>
      <ul>${work.map(([label, one]) => html`<li><span>${label}${label === 'stream GET /events' ? html` <small>open pages</small>` : nothing}</span> <b>${one}</b></li>`)}</ul>
      <p class="hint">${silent ? 'This page shows the next application as soon as it serves.' : 'Press Ctrl+C in the terminal: what is in flight is answered first.'}</p>
    </div>
  `
}

/** Four to six round numbers from 0 to at least `end`. */
function ticksUntil(end) {
  const rough = end / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough)
  return Array.from({ length: Math.ceil(end / step - 1e-9) + 1 }, (_, i) => i * step)
}

function duration(ms, whole = false) {
  if (whole) {
    const [s, min, h] = [Math.floor(ms / 1000), Math.floor(ms / 60_000), Math.floor(ms / 3_600_000)]
    if (s < 60) return `${s} s`
    return min < 60
      ? `${min} min ${s % 60} s`
      : h < 24
        ? `${h} h ${min % 60} min`
        : `${Math.floor(h / 24)} d ${h % 24} h`
  }
  if (ms >= 1000) return `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 1))} s`
  return `${ms < 10 && ms % 1 ? ms.toFixed(1) : Math.round(ms)} ms`
}
