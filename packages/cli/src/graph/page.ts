// The graph as one HTML page without network access or libraries. Scripts draw the edges and search.

import {
  type ApplicationModel,
  type ModuleRow,
  namesInIssues,
  type ProviderRow,
} from './application-model.ts'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'

/** Returns the page. */
export function pageOf(model: ApplicationModel, title: string): string {
  const { modules, providers, edges, issues: problems } = model
  const faulty = namesInIssues(problems)
  const levels = [...new Set(modules.map(({ level }) => level))].sort((a, b) => a - b)
  const card = (name: string, module: ModuleRow | undefined, own: readonly ProviderRow[]) => `
<section class="module${mentions(problems, name) ? ' fault' : ''}" data-name="${html(name)}">
<h3>${html(name)}${module?.class ? ` <small>${html(module.class)}</small>` : ''}</h3>
${module?.requires.length ? `<p class="requires">requires ${module.requires.map(html).join(', ')}</p>` : ''}
<ul>${own.map((provider) => chip(provider, faulty)).join('')}</ul>
</section>`
  const rows = levels.map((level) => {
    const cards = modules
      .filter((module) => module.level === level)
      .map((module) =>
        card(
          module.name,
          module,
          providers.filter((provider) => provider.module === module.name),
        ),
      )
    return `<div class="level"><h2>level ${level}</h2><div class="cards">${cards.join('')}</div></div>`
  })
  const loose = providers.filter(({ module }) => module === undefined)
  if (loose.length > 0) {
    rows.push(
      `<div class="level"><h2>of no module</h2><div class="cards">${card('application', undefined, loose)}</div></div>`,
    )
  }
  const scopes = [...new Set(providers.map(({ scope }) => scope))]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${html(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>${html(title)}</h1>
<p>${modules.length} modules · ${providers.length} providers · ${edges.length} edges</p>
<input type="search" id="search" placeholder="Search (press /)" aria-label="Search modules and providers" autocomplete="off">
<div class="legend">${scopes.map((scope) => `<label class="${html(scope)}"><input type="checkbox" checked value="${html(scope)}"> ${html(scope)}</label>`).join('')}</div>
<label class="edges"><input type="checkbox" id="edges" checked> edges</label>
</header>
${problems.length > 0 ? `<aside class="problems"><h2>${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}</h2>${problems.map(({ message }) => `<pre>${html(message)}</pre>`).join('')}</aside>` : ''}
<main>
<svg id="lines" aria-hidden="true"></svg>
${rows.join('\n')}
</main>
<footer id="details" hidden></footer>
<script type="application/json" id="data">${JSON.stringify({ edges, names: providers.map(({ id, name }) => [id, name]), paths: problems.map(({ path }) => path) }).replaceAll('<', '\\u003c')}</script>
<script>${pageScript}</script>
</body>
</html>
`
}

function chip({ id, name, scope, kind }: ProviderRow, faulty: ReadonlySet<string>): string {
  const classes = [scope, kind, ...(faulty.has(name) ? ['fault'] : [])].map(html).join(' ')
  return `<li id="${id}" class="${classes}" data-scope="${html(scope)}" title="${html(`${name}: ${kind}, ${scope}`)}" tabindex="0">${html(name)}</li>`
}

function mentions(problems: ApplicationModel['issues'], name: string): boolean {
  return problems.some(({ message }) => message.includes(`'${name}'`))
}

function html(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
