// DeiT (Touvron et al. 2021) with the distillation token, which follows the class token. Without it a DeiT is published as a ViT.
import {type ModelConfig, readHead} from '../config.ts'
import type {Architecture} from '../model.ts'
import {readConfig, vit, vitModel} from './vit.ts'

/**
 * DeiTForImageClassificationWithTeacher if config.json's `architectures` names it, as those of published checkpoints do, else
 * DeiTForImageClassification, which reads the class token alone; transformers' AutoModelForImageClassification decides the same.
 *
 * The first has a head for each of the two tokens, and predicts by the mean of their logits. Transformers cannot train it: its
 * forward pass takes no labels. Here the loss is that of the mean, as in timm without a teacher. So both heads learn, also where
 * they are new, and training minimizes the loss of what is evaluated. DeiT's own code without a teacher trains the class token's
 * head alone, and half of each prediction would be that of a distillation head as it was drawn.
 */
export const deit: Architecture = {
  linears: vit.linears,
  open(json, options) {
    const className = isTaught(json) ? TAUGHT : 'DeiTForImageClassification'
    const heads = isTaught(json) ? ['cls_classifier', 'distillation_classifier'] : ['classifier']
    const head = {...readHead(json, heads), outputs: heads}
    const tokens = ['cls_token', 'distillation_token']
    return {...vitModel(readConfig(json, options), {className, prefix: 'deit', head, tokens}), processor: 'DeiT'}
  },
}

const TAUGHT = 'DeiTForImageClassificationWithTeacher'

const isTaught = ({architectures}: ModelConfig) => Array.isArray(architectures) && architectures.includes(TAUGHT)
