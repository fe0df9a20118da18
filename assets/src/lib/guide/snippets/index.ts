/** All recipes of the connection guide; one chunk, loaded when the guide is looked at. */
import type { Recipe } from '../recipe';
import { kBrowserRecipes } from './browser';
import { kGo } from './go';
import { kNode } from './node';
import { kOtel } from './otel';

export { kCurl } from './otel';

export const kRecipes: Readonly<Record<string, Recipe>> = { ...kGo, ...kBrowserRecipes, ...kNode, ...kOtel };
