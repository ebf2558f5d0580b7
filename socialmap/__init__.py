"""The social map: who offers what, where (Open Referral HSDS 3.1 on municipalities)."""
