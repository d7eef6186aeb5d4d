// The style of the page of `myfy graph`, light and dark.

/** The style sheet. */
export const pageStyle = `
:root { color-scheme: light dark; --fg: #1f2328; --bg: #f6f8fa; --card: #fff; --line: #d1d9e0; --dim: #59636e; --fault: #d1242f;
  --singleton: #0969da; --request: #1a7f37; --task: #8250df; --transient: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --fg: #e6edf3; --bg: #0d1117; --card: #161b22; --line: #3d444d; --dim: #9198a1; --fault: #ff7b72;
  --singleton: #4493f8; --request: #3fb950; --task: #ab7df8; --transient: #d29922; } }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.4 system-ui, sans-serif; color: var(--fg); background: var(--bg); }
header { position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: center; padding: 8px 16px; background: var(--card); border-bottom: 1px solid var(--line); }
h1 { font-size: 16px; margin: 0; } header p { margin: 0; color: var(--dim); }
#search { flex: 1 1 180px; max-width: 360px; font: inherit; padding: 4px 8px; border: 1px solid var(--line); border-radius: 6px; background: var(--bg); color: inherit; }
.legend { display: flex; flex-wrap: wrap; gap: 12px; } .legend label { border-left: 4px solid var(--scope, var(--line)); padding-left: 4px; }
.problems { margin: 12px 16px 0; padding: 8px 12px; border: 2px solid var(--fault); border-radius: 8px; background: var(--card); }
.problems h2 { margin: 0 0 4px; color: var(--fault); font-size: 14px; } .problems pre { margin: 4px 0; white-space: pre-wrap; font: 12px/1.4 ui-monospace, monospace; }
main { position: relative; padding: 8px 16px 90px; }
#lines { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; z-index: 1; overflow: visible; }
#lines path { fill: none; stroke: var(--dim); stroke-width: 1.2; opacity: var(--faint, .45); }
#lines path.lazy { stroke-dasharray: 4 3; } #lines path.fault { stroke: var(--fault); stroke-width: 2.4; opacity: 1; }
#lines path.on { stroke: var(--singleton); stroke-width: 2.2; opacity: 1; } #lines path.on.fault { stroke: var(--fault); } #lines.focused path:not(.on):not(.fault) { opacity: .06; }
.level > h2 { margin: 18px 0 6px; font-size: 11px; text-transform: uppercase; letter-spacing: .08em; color: var(--dim); }
.cards { display: flex; flex-wrap: wrap; gap: 22px; align-items: flex-start; }
.module { position: relative; border: 1px solid var(--line); border-radius: 8px; padding: 8px 10px 10px; background: var(--card); max-width: 560px; min-width: 160px; }
.module h3 { margin: 0; font-size: 14px; } .module small { color: var(--dim); font-weight: normal; } .requires { margin: 2px 0 0; font-size: 12px; color: var(--dim); }
ul { list-style: none; margin: 8px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 10px 14px; }
li { position: relative; z-index: 2; padding: 3px 8px; border: 1px solid var(--line); border-left: 4px solid var(--scope, var(--line)); border-radius: 5px; background: var(--card); cursor: pointer; font-size: 13px; max-width: 260px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.singleton { --scope: var(--singleton); } .request { --scope: var(--request); } .task { --scope: var(--task); } .transient { --scope: var(--transient); }
li.entry { border-radius: 14px; } li.seed { border-style: dashed; }
li.fault, .module.fault { border-color: var(--fault); box-shadow: 0 0 0 1px var(--fault); color: var(--fault); }
li.on { outline: 2px solid var(--singleton); } .faded { opacity: .18; } .hidden { display: none; } mark { background: #fff8c5; color: #1f2328; }
#details { position: fixed; inset: auto 0 0; z-index: 4; padding: 10px 16px; background: var(--card); border-top: 1px solid var(--line); max-height: 40vh; overflow: auto; }
#details b { font-size: 15px; } #details p { margin: 2px 0; }
`
