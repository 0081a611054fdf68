export { type PublishedPackage, publishedPackages } from './packages.ts';
export { publicTypes } from './public-types.ts';
export { buildReference } from './reference.ts';
