/**
 * Tables, plots, HTML reports and explanations.
 *
 * @module @tessera/reports
 */
export {
  type ClsAttention,
  type ExplainedModel,
  type ModalityAttention,
  type TokenAttention,
} from './explanation/attentionPass.js';
export {
  attentionAttribution,
  formatValue,
  gradientAttribution,
  largestValue,
  rolloutAttribution,
  type Attribution,
  type ModalityAttribution,
} from './explanation/attribution.js';
export { attentionRollout } from './explanation/attentionRollout.js';
export { clsAttention } from './explanation/clsAttention.js';
export { areaOf, describeToken } from './explanation/describeToken.js';
export {
  contributionNote,
  contributionRows,
  contributionTitle,
  type ContributionRow,
} from './explanation/contributionRows.js';
export {
  integratedGradients,
  type ExplainedOutput,
  type GradientModel,
  type IntegratedGradients,
  type ModalityGradients,
} from './explanation/integratedGradients.js';
export {
  modalityContributions,
  type ContributionModel,
  type ContributionOptions,
  type HeadContributions,
} from './explanation/modalityContributions.js';
export { shapleyValues } from './explanation/shapleyValues.js';
export {
  compareModels,
  sampleScores,
  spreadOf,
  type ComparedModel,
  type ComparedRun,
  type Comparison,
  type ComparisonOptions,
  type Spread,
} from './comparison/comparison.js';
export {
  comparisonTable,
  leadSentence,
  runsTable,
  type AnnotatedTable,
  type ComparisonTable,
} from './comparison/comparisonTable.js';
export { pairedBootstrap, type PairedDifference } from './comparison/pairedBootstrap.js';
export { publishedResults, type PublishedFigure, type PublishedResult } from './comparison/publishedFigures.js';
export { choiceInWords, chooseSamples } from './evaluation/chooseSamples.js';
export {
  classFigures,
  confusionCounts,
  topConfusions,
  type ClassFigures,
  type Confusion,
} from './evaluation/classFigures.js';
export { outcomeOf, type HeadOutput, type LabelProbability, type Outcome } from './evaluation/outcome.js';
export { valueFigures, type ValueFigures } from './evaluation/valueFigures.js';
export { formatCount, formatDuration, formatFigure, formatNumberOf } from './format.js';
export { drawChart, type ChartSpec } from './html/chart.js';
export { confusionChart } from './html/confusionChart.js';
export { learningCurves, type Curve, type RunHistory } from './html/curves.js';
export { exampleCard, type ExampleView } from './html/exampleCard.js';
export { exampleViews, type ExampleOptions } from './html/exampleViews.js';
export { explanationHtml, type ExplanationContent } from './html/explanationHtml.js';
export { attributionFigure, attributionSvg, type FigureOptions } from './figure/attributionFigure.js';
export { inputViews, type InputView } from './html/inputView.js';
export { escapeText, html, Markup } from './html/markup.js';
export { facts, page, table, type Section } from './html/page.js';
export { reportHtml, type ReportContent, type ReportTable } from './html/reportHtml.js';
export { valueChart } from './html/valueChart.js';
