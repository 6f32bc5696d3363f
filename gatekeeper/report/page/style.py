"""The style of a page: a document to be read and printed; nothing is fetched, fonts are those of the reader."""

from __future__ import annotations

from typing import Final

from gatekeeper.report.page.palette import DARK, LIGHT, variables

_SERIF: Final = '"Iowan Old Style",Charter,"Palatino Linotype",Georgia,"Liberation Serif",serif'
_SANS: Final = '-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif'
_MONO: Final = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace'

_BASE: Final = f"""
*{{box-sizing:border-box}}
html{{font:100%/1.55 {_SANS};color:var(--ink);background:var(--paper);-webkit-text-size-adjust:100%;
scroll-padding-top:1rem}}
body{{margin:0;overflow-wrap:break-word}}
h1,h2,h3,.word{{font-family:{_SERIF};font-weight:600;line-height:1.15;margin:0;text-wrap:balance}}
h1{{font-size:clamp(2rem,5.2vw,3.1rem);letter-spacing:-.015em}}
h2{{font-size:1.75rem;letter-spacing:-.01em}}
h3{{font-size:1.2rem;line-height:1.3}}
p,ul,ol,dl,table,figure,pre{{margin:0}}
a{{color:var(--link);text-underline-offset:.18em;text-decoration-thickness:1px}}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{{outline:3px solid var(--link);outline-offset:2px}}
code,pre,.mono{{font-family:{_MONO};font-size:.86em}}
code{{overflow-wrap:anywhere}}
.digest{{color:var(--quiet)}}
pre{{background:var(--code);border-radius:.4rem;padding:.8rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;
line-height:1.5}}
.quiet{{color:var(--quiet)}}
.small{{font-size:.88rem}}
.eyebrow{{font-size:.8rem;letter-spacing:.1em;text-transform:uppercase;color:var(--quiet);margin:0 0 .7rem}}
.skip{{position:absolute;left:-999rem}}
.skip:focus{{left:1rem;top:1rem;background:var(--card);padding:.6rem 1rem;z-index:2}}
.hidden{{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}}
"""

_LAYOUT: Final = """
.sheet{max-width:72rem;margin:0 auto;padding:clamp(1.1rem,4.5vw,3.6rem)}
.head{padding-bottom:2.2rem}
section{padding-top:3.6rem}
section>h2+.stack{margin-top:1rem}
section>h2{padding-top:1.1rem;border-top:2px solid var(--ink)}
.lead{max-width:42rem;color:var(--quiet);margin:.6rem 0 1.5rem}
.toc ol{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.35rem 1.35rem;font-size:.92rem}
.toc{padding-top:1.7rem}
.foot{margin-top:4.5rem;padding-top:1.2rem;border-top:1px solid var(--rule);font-size:.85rem;color:var(--quiet)}
.stack>*+*{margin-top:.85rem}
details>summary{cursor:pointer;color:var(--link);width:fit-content;font-size:.92rem;padding:.15rem 0}
details[open]>summary{margin-bottom:.7rem}
.facts{margin:1.2rem 0}
.facts>div{display:grid;grid-template-columns:minmax(6rem,10.5rem) 1fr;gap:.1rem 1.6rem;padding:.62rem 0}
.facts>div+div{border-top:1px solid var(--rule)}
.facts dt{color:var(--quiet)}
.facts dd{margin:0;min-width:0}
.note .facts{margin:.7rem 0 .3rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(18rem,100%),1fr));
gap:.6rem 2rem}
.note .facts>div{padding:0;border:0;display:block}
.note .facts>.wide{grid-column:1/-1}
.named{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.15rem 1.6rem}
.named span{color:var(--quiet)}
.files{list-style:none;padding:0}
.files li+li{margin-top:.5rem}
.files .digest{display:block}
table{width:100%;border-collapse:collapse;font-size:.95rem}
caption{text-align:left;color:var(--quiet);font-size:.88rem;padding-bottom:.6rem}
th,td{text-align:left;vertical-align:top;padding:.62rem 1.2rem .62rem 0;border-top:1px solid var(--rule)}
thead th{font-size:.8rem;font-weight:600;color:var(--quiet);border-top:0;padding-top:.2rem}
tbody th{font-weight:400}
td:last-child,th:last-child{padding-right:0}
.covered td:nth-child(2){width:27%}.covered .item{width:7rem;white-space:nowrap;font-weight:600}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.columns{list-style:none;padding:0;columns:15rem;column-gap:2rem;font-size:.9rem}
.columns li{display:flex;justify-content:space-between;gap:1rem;padding:.22rem 0;
border-bottom:1px solid var(--rule);break-inside:avoid}
.columns .digest{text-align:right}
figure{background:#fff;color:#222;border:1px solid var(--rule);border-radius:.6rem;padding:1rem}
.scroll{overflow-x:auto}
figure svg{display:block;width:100%;min-width:44rem;height:auto}
figure+figure{margin-top:1.6rem}
figcaption{font-size:.9rem;color:#4a4a4a;padding-top:.7rem}
"""

_STATUS: Final = """
.st{display:inline-flex;align-items:center;gap:.38em;font-weight:700;font-size:.8rem;letter-spacing:.045em;
white-space:nowrap;line-height:1.5}
.st svg,.mark{width:1.15em;height:1.15em;flex:none;fill:none;stroke:currentColor;stroke-width:2;
stroke-linecap:round;stroke-linejoin:round}
.pass{color:var(--pass)}.fail{color:var(--fail)}.doubt{color:var(--doubt)}.waived{color:var(--waived)}
.verdict{border-radius:.9rem;padding:clamp(1.3rem,3.5vw,2.4rem);margin-top:2rem;display:grid;
grid-template-columns:auto 1fr;gap:.4rem clamp(1rem,3vw,2rem);align-items:start;border:1px solid}
.verdict .mark{width:clamp(3rem,8vw,5rem);height:clamp(3rem,8vw,5rem);stroke-width:1.4;margin-top:.2rem}
.verdict .word{font-size:clamp(2.2rem,7vw,3.9rem);letter-spacing:.005em;overflow-wrap:normal}
.verdict p:not(.word){color:var(--ink);margin-top:.55rem;max-width:50rem}
.verdict .plain{font-size:1.12rem}
.figures{display:flex;flex-wrap:wrap;gap:.8rem 2.6rem;margin-top:1.3rem;color:var(--ink)}
.figures>div{display:flex;flex-direction:column-reverse}
.figures dt{font-size:.85rem;color:var(--quiet)}
.figures dd{margin:0;font-size:1.55rem;line-height:1.2;font-variant-numeric:tabular-nums lining-nums}
.figures small{font-size:.95rem;color:var(--quiet)}
.verdict.pass,.note.pass{background:var(--pass-paper)}.verdict.fail,.note.fail{background:var(--fail-paper)}
.verdict.doubt,.note.doubt{background:var(--doubt-paper)}.note.waived{background:var(--waived-paper)}
.note{border-radius:.6rem;padding:1rem 1.2rem}
.note>*{color:var(--ink)}
.note>.st{color:inherit}
.note+.note{margin-top:.9rem}
"""

_CHECKS: Final = """
.check{padding-top:2.6rem}
.check>header{display:flex;flex-wrap:wrap;gap:.35rem 1rem;align-items:baseline;margin-bottom:.8rem}
.check h3{flex:1 1 20rem}
.check h3 code{display:block;font-weight:400;color:var(--quiet);font-size:.82rem}
.findings{list-style:none;padding:0}
.findings>li{border-left:3px solid var(--fail);padding:.15rem 0 .15rem 1.1rem;margin-top:1.25rem}
.findings>li.is-waived{border-color:var(--waived)}
.findings>li.is-note{border-color:var(--rule)}
.line{display:flex;flex-wrap:wrap;gap:.1rem .9rem;align-items:center}
.findings p,.note p{max-width:56rem}
.findings>li>*+*{margin-top:.3rem}
.line code:last-child{color:var(--quiet)}
.rule{font-weight:600}
.fix{margin-top:.45rem;display:grid;grid-template-columns:auto 1fr;gap:.8rem;font-size:.95rem}
.fix b{font-size:.8rem;color:var(--quiet);padding-top:.12rem}
.trace{font-size:.9rem;padding-left:1.3rem}
.evidence{list-style:none;padding:0;font-size:.9rem}
.evidence li{padding:.55rem 0;border-top:1px solid var(--rule)}
.evidence .what{font-weight:600}
.evidence .digest{display:block}
.measured{display:flex;flex-wrap:wrap;gap:.05rem 1.2rem}
.measured span{color:var(--quiet)}
.boxes{list-style:none;padding:0}
.boxes>li{display:grid;grid-template-columns:2.1rem minmax(0,5fr) minmax(0,7fr);gap:.3rem 1.1rem;padding:1.3rem 0;
border-top:1px solid var(--rule);break-inside:avoid}
.boxes>li:first-child{border-top:0;padding-top:.2rem}
.boxes .mark{width:1.9rem;height:1.9rem;stroke-width:1.6;margin-top:-.1rem}
.boxes .st{margin-top:.5rem}
.boxes p{margin-top:.3rem}
.boxes .grounds{list-style:none;padding:0;font-size:.9rem}
.grounds>li+li{margin-top:.75rem}
.grounds .mono{font-size:.95em}
.grounds .seen{display:block;color:var(--quiet)}
"""

_NARROW: Final = """
@media (max-width:44rem){
.facts>div{grid-template-columns:1fr}
table,thead,tbody,tr,th,td,caption{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody tr{border-top:1px solid var(--rule);padding:.7rem 0}
tbody th,tbody td{border:0;padding:.1rem 0}
.covered td:nth-child(2){width:auto}.num{text-align:left}td.num{display:inline-block;padding-right:1.2rem}
td[data-unit]::after{content:" " attr(data-unit);color:var(--quiet)}
.boxes>li{grid-template-columns:2rem minmax(0,1fr)}.boxes .grounds{grid-column:2}
.verdict{grid-template-columns:1fr}.check h3{flex-basis:100%}
}
"""

_PRINT: Final = f"""
@media print{{
.facts>div,th,td,.evidence li{{padding-top:.35rem;padding-bottom:.35rem}}
@page{{size:A4;margin:16mm 15mm 18mm}}
:root{{{variables(LIGHT)}--paper:#fff}}
html{{font-size:9.6pt}}
.sheet{{padding:0;max-width:none}}
.toc,.skip{{display:none}}
section{{padding-top:2rem}}
h2,h3,.lead,.check>header,caption,summary{{break-after:avoid}}
h3,.check>header{{break-inside:avoid}}
tr,.findings>li,.boxes>li,.note,figure,.facts>div,.evidence li{{break-inside:avoid}}
thead{{display:table-header-group}}
a{{color:inherit;text-decoration:none}}
details::details-content{{content-visibility:visible;height:auto;block-size:auto}}
details>summary{{list-style:none;color:var(--quiet)}}
figure svg{{min-width:0}}
.verdict,.note,pre{{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
}}
"""


def sheet() -> str:
    """Return the style sheet."""
    light = f":root{{color-scheme:light dark;{variables(LIGHT)}}}"
    dark = f"@media (prefers-color-scheme:dark){{:root{{{variables(DARK)}}}}}"
    parts = (light, dark, _BASE, _LAYOUT, _STATUS, _CHECKS, _NARROW, _PRINT)
    return "".join(part.replace("\n", "") for part in parts)
