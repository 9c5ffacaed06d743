/** The look of a report: one column, tables that do not break across printed pages, nothing loaded from anywhere. */
export const reportStyle = `
:root{color:#1b2733;background:#fff}
body{margin:0;line-height:1.5;font-size:16px}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.9rem;margin:0 0 1rem;line-height:1.2}
h2{font-size:1.25rem;margin:2.4rem 0 .5rem;break-after:avoid}
p{margin:.5rem 0;max-width:46rem}
figure{margin:1rem 0;break-inside:avoid}
figure svg{width:100%;height:auto;display:block}
figure:not(:first-of-type) svg{max-width:44rem}
figcaption,.note{color:#5c6872;font-size:.85rem}
table{border-collapse:collapse;width:100%;font-size:.92rem;margin:.75rem 0}
th,td{padding:.3rem .6rem;text-align:left;border-bottom:1px solid #e3e8eb;vertical-align:top}
th{font-weight:600;color:#5c6872;border-bottom-color:#b8c0c6}
.number{text-align:right;font-variant-numeric:tabular-nums}
td.number{white-space:nowrap}
.wide{min-width:13rem}
tr{break-inside:avoid}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:1rem;list-style:none;padding:0;margin:1rem 0}
.tiles li{border-left:3px solid #0072b2;padding:.1rem .8rem;font-size:.92rem}
.tiles strong{display:block;font-size:1.5rem;line-height:1.25}
.dot{display:inline-block;width:.7rem;height:.7rem;border-radius:50%;margin-right:.45rem}
ol{padding-left:2.1rem}
p:has(+figure),p:has(+table),p:has(+ol){break-after:avoid}
li{margin:.45rem 0;break-inside:avoid}
code{background:#f1f4f6;padding:.05rem .3rem;border-radius:3px;font-size:.9em}
@media print{main{max-width:none;padding:0}body{font-size:10pt}h2{margin-top:1.6rem}.tiles{grid-template-columns:repeat(4,1fr)}.tiles strong{font-size:1.3rem;white-space:nowrap}
figure:not(:first-of-type) svg{max-width:28rem}.dot,figure svg{print-color-adjust:exact}}
@page{margin:16mm}
`;
