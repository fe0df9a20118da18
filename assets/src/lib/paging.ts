/** Page and page size of a list, from the address. */
import { router } from './router.svelte';

const kSizes = [25, 50, 100];

export function paging(default_size: number): { page: number; pageSize: number } {
  const page = Number(router.query.get('page') ?? '1');
  const size = Number(router.query.get('pageSize') ?? String(default_size));
  return {
    page: Number.isInteger(page) && page >= 1 ? page : 1,
    pageSize: kSizes.includes(size) ? size : default_size,
  };
}
