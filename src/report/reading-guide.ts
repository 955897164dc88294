import {compact} from '../base/collections.ts'
import {figuresOf, type ReportContent} from './report.ts'

/** Explains how to read a report: a paragraph each on scores, times, figures and comparisons, as far as it has them. */
export function readingGuide(report: ReportContent): string[] {
  const drawn = figuresOf(report).filter(figure => figure.kind === 'pareto')
  const isByMemory = drawn.some(({xScale}) => xScale === 'linear')
  const isCompared = report.comparisons.some(({pairs}) => pairs.length > 0)
  return compact([SCORES, TIMES, drawn.length > 0 && FIGURES, isByMemory && MEMORY, isCompared && COMPARISONS])
}

const SCORES =
  'Scores are × 100, except perplexities. “42.8 ± 0.5 [41.0, 44.6]” is the mean over seeds, the standard deviation between seeds, and a 95 % confidence interval of the expected score: a t interval over seeds, widened by the sampling error of the test items. A single seed has no standard deviation, and an interval that covers the sampling error of the test items alone (of an accuracy the Wilson interval).'

const TIMES =
  '“Seconds” and “Step, ms” are wall-clock times. They compare methods only if the machine was otherwise idle and runs did not share it, as those of a sweep with several --workers do.'

const FIGURES =
  'Figures plot the score against the number of trained parameters, on a logarithmic axis; bars are 95 % confidence intervals. Dashed lines are full fine-tuning and the head alone, with the intervals of ours at the right edge. The stepped line is the Pareto frontier: no other method with as many parameters or fewer scores as high. Filled marks lie on the frontier, pale marks are significantly below it, and hollow marks are below it, but not significantly.'

const MEMORY =
  'Figures by peak memory plot the score against the most memory that the process of a run took, for its model, its training and its evaluation; a horizontal bar is the range over seeds. Their frontier has the same meaning, with memory in place of parameters: where the bars of two methods overlap sideways, another run may order them differently. Memory of another engine or precision is in a figure of its own; GPU memory that the paper prints is never in one figure with ours.'

const COMPARISONS =
  'Overlapping intervals do not show that two methods score the same. The tables of significant pairwise differences test every two methods of a suite on each test file, at the 5 % level with Holm’s correction for the number of pairs: by McNemar’s exact test where every method has one seed, or seeds that answer alike, and is scored by accuracy, else by a paired test with the variances of items and seeds, or by an unpaired one where the predictions are not there. Methods that are not listed beside each other are not significantly different.'
