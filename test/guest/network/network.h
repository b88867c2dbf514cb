/*
 * What main.c starts. Each returns main's result and prints what it saw, a line each.
 */
#ifndef LWD_GUEST_NETWORK_H
#define LWD_GUEST_NETWORK_H

int look_up_names(void);
int find_each_other(void);
int wait_to_be_cut_off(const char *address, int port);

#endif
