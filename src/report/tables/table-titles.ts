import type {PaperVersion} from '../../paper/rows.ts'

const MATH = 'GSM-8K and MATH after fine-tuning on MetaMathQA-40K, accuracy in %'
const COMMONSENSE_7B = 'Commonsense reasoning with Gemma-7B, accuracy in %'
const COMMONSENSE_2B = 'Commonsense reasoning with Gemma-2B, accuracy in %'
const GLUE = 'GLUE with DeBERTaV3-base: accuracy, Matthews (CoLA) and Pearson (STS-B) correlation × 100'
const PYTHIA = 'GSM-8K after fine-tuning checkpoints of Pythia-2.8B, accuracy in %'
const TRUNCATED = 'Truncated singular vectors on Gemma-2B, accuracy in %'

/** The titles of the tables of results, by their numbers in each version. */
export const TABLE_TITLES: Readonly<Record<PaperVersion, Readonly<Record<number, string>>>> = {
  'arxiv-v1': {
    1: MATH,
    2: COMMONSENSE_7B,
    3: GLUE,
    4: 'Image classification, accuracy in %',
    5: 'Patterns of M on Gemma-2B, accuracy in %',
    6: PYTHIA,
    8: COMMONSENSE_2B,
    9: 'Image classification, all data sets, accuracy in %',
    10: TRUNCATED,
  },
  neurips2024: {
    1: MATH,
    2: COMMONSENSE_7B,
    3: GLUE,
    4: 'Image classification with Q and V adapted, accuracy in %',
    5: 'GPU memory, and the mean of GSM-8K and MATH, accuracy in %',
    6: PYTHIA,
    7: 'Patterns of M, accuracy in %',
    9: 'SVF and SVFT on Gemma-2B, accuracy in %',
    10: 'The same modules for all methods, accuracy in %',
    11: COMMONSENSE_2B,
    12: TRUNCATED,
    13: 'GPU memory on Gemma-2B, and accuracy in %',
    14: 'GPU memory on LLaMA-3-8B, and accuracy in %',
  },
}
