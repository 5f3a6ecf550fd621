/** @file Types of charts.js, for the side that is TypeScript. */
import type { ChartConfiguration } from 'chart.js'
import type { Look } from '../src/draw.ts'
import type { PanelSpec } from '../src/figure.ts'

/** @public Used through charts.js. */
export declare function chartConfig(panel: PanelSpec, look: Look): ChartConfiguration
