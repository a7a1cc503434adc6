// Orders and payment: one piece of script, fetched when the browser has nothing better to do.
export { OrderPage } from './OrderPage';
