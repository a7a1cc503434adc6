// Orders and payment: one piece of script, fetched when the browser has nothing better to do.
export { MyOrdersPage } from './MyOrdersPage';
export { OrderPage } from './OrderPage';
