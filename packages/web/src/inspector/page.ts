// The document of the inspector. It contains no data: the script loads it.

import { createHash } from 'node:crypto'
import { SCRIPT } from './page-script.ts'
import { STYLE } from './page-style.ts'

/** The page: one document, so that it opens with two requests, for itself and for its data. */
export interface InspectorPage {
  readonly html: string
  /** The content security policy: its script and its style, and no others. */
  readonly policy: string
}

/** Returns the page of the inspector at a path. */
export function pageAt(path: string): InspectorPage {
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `script-src '${hashOf(SCRIPT)}'`,
    `style-src '${hashOf(STYLE)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return { html: htmlAt(path), policy: policy.join('; ') }
}

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

const htmlAt = (path: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>myfy inspector</title>
<link rel="icon" href="data:image/svg+xml,">
<style>${STYLE}</style>
<script type="module">${SCRIPT}</script>
</head>
<body data-path="${path}">
<a class="skip" href="#main">Skip to content</a>
<header>
<h1>myfy <span>inspector</span></h1>
<p id="summary" role="status">loading …</p>
<nav aria-label="Sections">
<a href="#modules">Modules</a>
<a href="#flight">In flight</a>
<a href="#boot">Boot</a>
<a href="#requests">Requests</a>
<a href="#reloads">Reloads</a>
<a href="#tasks">Tasks</a>
<a href="#settings">Settings</a>
<a href="#stop">Stop</a>
</nav>
</header>
<main id="main" tabindex="-1">
<section id="modules" aria-labelledby="h-modules"><h2 id="h-modules">Modules</h2><div data-view="modules"></div></section>
<section id="flight" aria-labelledby="h-flight"><h2 id="h-flight">In flight</h2><div data-view="flight"></div></section>
<section id="boot" aria-labelledby="h-boot"><h2 id="h-boot">Boot</h2><div data-view="boot"></div></section>
<section id="requests" aria-labelledby="h-requests"><h2 id="h-requests">Requests</h2>
<p class="tools"><label>Filter <input id="filter" type="search" autocomplete="off" placeholder="route, status or id"></label>
<label><input id="pause" type="checkbox"> Pause</label></p>
<div data-view="requests"></div></section>
<section id="reloads" aria-labelledby="h-reloads"><h2 id="h-reloads">Reloads</h2><div data-view="reloads"></div></section>
<section id="tasks" aria-labelledby="h-tasks"><h2 id="h-tasks">Tasks</h2><div data-view="tasks"></div></section>
<section id="settings" aria-labelledby="h-settings"><h2 id="h-settings">Settings</h2><div data-view="settings"></div></section>
<section id="stop" aria-labelledby="h-stop"><h2 id="h-stop">What a stop would cost now</h2><div data-view="stop"></div></section>
</main>
</body>
</html>
`
