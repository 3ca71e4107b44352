"""What is known of a gateway: its pages, their age, and what they show it to be."""
