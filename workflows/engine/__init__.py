"""The process engine: the only package that imports SpiffWorkflow. Bytes in, `Turn` out."""
