"""Policy texts examined, compared, and tried before they are published."""
