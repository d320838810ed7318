mod floors;
