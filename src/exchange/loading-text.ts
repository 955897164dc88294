import {compact} from '../base/collections.ts'
import {displayPath} from '../base/paths.ts'
import {readLabels} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import type {AdaptedModel} from './adapted-model.ts'
import {peftForm} from './peft-config.ts'

/**
 * The line of Python with which PEFT loads an exported adapter onto its model. Undefined if PEFT does not have the method, or
 * training added a pad token, for which the model would have to grow first.
 */
export function loadingText(adapted: AdaptedModel, adapter: string): string | undefined {
  const {base, model, settings, padToken, config} = adapted
  if (peftForm(settings).ours || padToken !== undefined) return undefined
  const name = base.revision === undefined ? displayPath(base.name) : base.name
  const options = compact([
    base.revision !== undefined && `revision=${python(base.revision)}`,
    "dtype='float32'",
    ...('labels' in model ? headOptions(model.labels, readLabels(config)) : []),
  ])
  const loading = `${CLASSES[model.task]}.from_pretrained(${[python(name), ...options].join(', ')})`
  return `PeftModel.from_pretrained(${loading}, ${python(adapter)})`
}

const CLASSES: Readonly<Record<Model['task'], string>> = {
  'causal-lm': 'AutoModelForCausalLM',
  'sequence-classification': 'AutoModelForSequenceClassification',
  'image-classification': 'AutoModelForImageClassification',
}

/** The options for a head of this many labels, where the model's own has another number. */
function headOptions(labels: number, own: number): string[] {
  return compact([
    `num_labels=${labels}`,
    labels === 1 && "problem_type='regression'",
    labels !== own && 'ignore_mismatched_sizes=True',
  ])
}

/** A string of Python. */
const python = (text: string) => `'${text.replaceAll(/[\\']/g, '\\$&')}'`
