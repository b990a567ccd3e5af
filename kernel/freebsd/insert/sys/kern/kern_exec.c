	if (error == EJUSTRETURN)
		twq_exec(td);
