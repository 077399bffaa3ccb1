import { Markup } from './markup.js';

/** The style sheet of every page. */
export const pageStyle = new Markup(`
:root { color-scheme: light dark; --line: #8885; --soft: #8882; --muted: #595959; --good: #1a7f37; --bad: #b3261e; --bar: #1f77c944 }
@media (prefers-color-scheme: dark) { :root { --muted: #a8a8a8; --good: #4fc268; --bad: #ff8a80; --bar: #1f77c988 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1040px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .4rem; overflow-wrap: anywhere }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .7rem; padding-bottom: .15rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; overflow-wrap: anywhere }
p { margin: .5rem 0 }
.note { color: var(--muted); font-size: .85rem; overflow-wrap: anywhere }
.good { color: var(--good) } .bad { color: var(--bad) }
details > summary { cursor: pointer; padding: .2rem 0 } details > summary:hover { text-decoration: underline }

.wide { overflow-x: auto; max-width: 100% }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .9rem .25rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; font-weight: 400 }
thead th { font-weight: 600; vertical-align: bottom; white-space: normal; max-width: 10rem } td.best { font-weight: 700 }
th:first-child, .text { text-align: left } tbody th { max-width: min(22rem, 40vw); overflow: hidden; text-overflow: ellipsis }

.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; margin: .3rem 0 .6rem }
.legend i { display: inline-block; width: 1.1em; height: .25em; margin-right: .4em; vertical-align: .2em }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 1rem 1.5rem }
figure { margin: 0; min-width: 0 } figcaption { font-weight: 600; font-size: .9rem; overflow-wrap: anywhere }
.charts svg { width: 100%; max-width: 520px; height: auto }
.attribution svg { display: block; max-width: 100%; height: auto; print-color-adjust: exact; -webkit-print-color-adjust: exact } .attribution figcaption { font-weight: 400; margin-top: .4rem }
.side { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start } .side > * { min-width: 0 }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 1rem; margin-top: .6rem }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .8rem; min-width: 0 }
.inputs { display: flex; flex-wrap: wrap; gap: .8rem; align-items: flex-start } .input { min-width: 0; flex: 1 1 7rem; max-width: 100% } .input:has(.picture) { flex: 0 0 auto; width: var(--picture, 132px) } .input .note { margin: .2rem 0 0 }
.picture { position: relative; background: #fff; border: 1px solid var(--line) } .picture img { width: 100%; display: block }
.overlay { position: absolute; inset: 0 } .overlay i { position: absolute; box-sizing: border-box; border: 1px solid #fff8; display: flex; align-items: flex-end; justify-content: flex-end; print-color-adjust: exact; -webkit-print-color-adjust: exact }
.overlay b { font: 600 .62rem/1.3 system-ui, sans-serif; background: #fffc; color: #222; padding: 0 .2em; white-space: nowrap }
#show-attention:not(:checked) ~ .cards .overlay { display: none }
.words { margin: 0 0 .2rem; overflow-wrap: anywhere; max-height: 10em; overflow-y: auto; white-space: pre-line } .tokens { line-height: 1.7; white-space: normal }
.tokens span { border-radius: 3px; padding: .1em .2em; print-color-adjust: exact; -webkit-print-color-adjust: exact }
.verdict { margin: .6rem 0 .3rem; overflow-wrap: anywhere }
.bars { list-style: none; padding: 0; margin: 0 0 .4rem; max-width: 30rem } .bars li { position: relative; font-size: .85rem; display: flex; justify-content: space-between; gap: .5rem; margin: 2px 0; background: var(--soft); padding: 0 .35em }
.bars i { position: absolute; inset: 0 auto 0 0; max-width: 100%; background: var(--bar); print-color-adjust: exact; -webkit-print-color-adjust: exact } .bars span, .bars b { position: relative; font-weight: 400; min-width: 0; overflow-wrap: anywhere } .bars b { white-space: nowrap; flex: none } .bars small { font-weight: 700 }

pre { overflow-x: auto; background: var(--soft); padding: .7rem; border-radius: 6px; font-size: .82rem }
dl { display: grid; grid-template-columns: fit-content(40%) 1fr; gap: .15rem 1rem; margin: 0 } dt { color: var(--muted) } dd { margin: 0; overflow-wrap: anywhere }
`);
