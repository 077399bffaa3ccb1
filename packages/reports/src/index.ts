export {
  clsAttention,
  type ClsAttention,
  type ModalityAttention,
  type TokenAttention,
} from './explanation/clsAttention.js';
export { drawChart, type ChartSpec } from './html/chart.js';
export { confusionChart } from './html/confusionChart.js';
export { learningCurves, type RunHistory } from './html/curves.js';
export { exampleCard, type ExampleView } from './html/exampleCard.js';
export { exampleViews, type ExampleOptions } from './html/exampleViews.js';
export { escapeText, html, Markup } from './html/markup.js';
export { facts, page, table, type Section } from './html/page.js';
export { reportHtml, type ReportContent, type ReportRow } from './html/reportHtml.js';
export {
  compareModels,
  sampleScores,
  spreadOf,
  type ComparedModel,
  type ComparedRun,
  type Comparison,
  type Spread,
} from './comparison/comparison.js';
export { pairedBootstrap, type PairedDifference } from './comparison/pairedBootstrap.js';
