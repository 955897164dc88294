// The entry of the threads that `planOnThreads` starts: plans each group of recipes that it receives.
import {workerData} from 'node:worker_threads'
import {respond} from '../base/thread.ts'
import type {Rates} from './doctor/measure-rates.ts'
import type {PlanRequest} from './plan-outcome.ts'
import {type KnownData, planRecipes} from './plan-recipes.ts'

const data: KnownData = {checked: new Map(), samples: new Map()}

respond((group: readonly PlanRequest[]) => planRecipes(group, workerData as Rates, data))
