// The style of the inspector: light and dark, from 390 px on.

/** The CSS of the page. */
export const STYLE = `
:root { color-scheme: light dark;
  --bg: light-dark(#fbfbfc, #14161a); --card: light-dark(#fff, #1c1f25); --line: light-dark(#d9dce1, #343943);
  --text: light-dark(#1b1e23, #e6e8ec); --soft: light-dark(#565d69, #a3abb8); --link: light-dark(#1a56c4, #8ab4ff);
  --good: light-dark(#136c34, #63d48b); --bad: light-dark(#b3201f, #ff8d88); --warn: light-dark(#8a5200, #f0b45c);
  --bar: light-dark(#9fb8e4, #41598c); --critical: light-dark(#d98b2b, #b7721b); }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 8rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 1rem; top: 1rem; z-index: 3; background: var(--card); padding: .5rem 1rem; }
header { position: sticky; top: 0; z-index: 2; background: var(--card); border-bottom: 1px solid var(--line); padding: .6rem 1rem; }
h1 { display: inline; font-size: 1.1rem; margin: 0 1rem 0 0; } h1 span { font-weight: 400; color: var(--soft); }
#summary { display: inline; margin: 0; } :where(#summary) { color: var(--soft); }
nav { display: flex; gap: .2rem 1rem; flex-wrap: wrap; margin-top: .4rem; }
a { color: var(--link); } nav a { text-decoration: none; padding: .15rem 0; } nav a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main { max-width: 1500px; margin: 0 auto; padding: 1rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 1100px) { main { grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-flow: dense; align-items: start; } #requests, #boot { grid-column: 1 / -1; } }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; min-width: 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
p { margin: 0 0 .5rem; } .soft { color: var(--soft); }
.scroll { overflow: auto; max-height: 70vh; } #tasks .scroll, #reloads [data-view] { max-height: 24rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); white-space: nowrap; } td.n, th.n { text-align: right; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
td.what { overflow-wrap: anywhere; min-width: 9rem; } td.id, td.at { white-space: nowrap; } td.at { font-size: .9em; }
pre { margin: .3rem 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 12px/1.45 ui-monospace, monospace; }
code, .mono { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
details > summary { cursor: pointer; } details[open] > summary { margin-bottom: .4rem; }
.bars { display: grid; gap: 2px; margin: 0; padding: 0; list-style: none; }
.bars li { display: grid; grid-template-columns: minmax(7rem, 16rem) 1fr 6rem; gap: .6rem; align-items: center; }
.bars .track { background: color-mix(in srgb, var(--line) 40%, transparent); border-radius: 3px; height: .8rem; }
.bars svg { display: block; width: 100%; height: .8rem; overflow: hidden; border-radius: 3px; }
.bars rect { fill: var(--bar); } .bars .critical rect { fill: var(--critical); } .bars .failed rect { fill: var(--bad); }
.bars .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bars .name.inner { padding-left: 1rem; } .bars .ms { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
ul.plain { margin: 0; padding-left: 1.1rem; }
.tools { display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; }
input[type=search] { font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--soft); border-radius: 4px; padding: .15rem .4rem; }
.stale main { filter: grayscale(1); }
@media (max-width: 600px) { .bars li { grid-template-columns: 7rem 1fr 5.5rem; gap: .4rem; } header { position: static; } html { scroll-padding-top: 0; } main { padding: .6rem; } }
`
