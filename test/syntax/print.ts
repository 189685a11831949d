/** Trees as text with every pair of parentheses, so that tests can say what groups with what. */
import type { Block, Condition, Expr, MatchArm, Pattern, Stmt, TypeNode } from '../../fluxc/lang/ast.ts';

export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'int': return expr.high === 0 ? String(expr.low >>> 0) : `${expr.high >>> 0}:${expr.low >>> 0}`;
    case 'float': return `f${expr.value}`;
    case 'bool': return String(expr.value);
    case 'string': return JSON.stringify(Buffer.from(expr.bytes).toString('latin1'));
    case 'char': return `'${expr.value}'`;
    case 'null': case 'unreachable': case 'bad': return expr.kind;
    case 'name': return expr.name;
    case 'implicit': return `.${expr.name.text}`;
    case 'member': return `${printExpr(expr.object)}.${expr.name.text}`;
    case 'call': {
      const args = expr.args.map(({ name, value }) => (name ? `${name.text}: ` : '') + printExpr(value));
      return `${printExpr(expr.callee)}(${args.join(', ')})`;
    }
    case 'index': return `${printExpr(expr.object)}[${printExpr(expr.index)}]`;
    case 'slice': {
      const [from, to] = [expr.from, expr.to].map((end) => (end ? printExpr(end) : ''));
      return `${printExpr(expr.object)}[${from}..${to}]`;
    }
    case 'deref': return `${printExpr(expr.object)}.*`;
    case 'unary': return `(${expr.op}${printExpr(expr.operand)})`;
    case 'binary': return `(${printExpr(expr.left)} ${expr.op} ${printExpr(expr.right)})`;
    case 'cast': return `(${printExpr(expr.value)} as ${printType(expr.to)})`;
    case 'array': return `[${expr.items.map(printExpr).join(', ')}]`;
    case 'repeat': return `[${printExpr(expr.item)}; ${printExpr(expr.count)}]`;
    case 'match': return `match ${printExpr(expr.subject)} { ${expr.arms.map(printArm).join(', ')} }`;
    case 'or': {
      const { fallback } = expr;
      const other = fallback.kind === 'expr' ? printExpr(fallback.value) : `<${printStmt(fallback.statement)}>`;
      return `(${printExpr(expr.value)} or ${other})`;
    }
    case 'try': return `(try ${printExpr(expr.value)})`;
    case 'typeQuery': return `${expr.query}(${printType(expr.of)})`;
  }
}

function printArm({ patterns, body }: MatchArm): string {
  const result = body.kind === 'expr' ? printExpr(body.value) : printBlock(body.block);
  return `${patterns.map(printPattern).join(' | ')} => ${result}`;
}

function printPattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'any': return '_';
    case 'member': return `.${pattern.name.text}`;
    case 'value': return printExpr(pattern.value);
    case 'range': return `${printExpr(pattern.from)}..${pattern.inclusive ? '=' : ''}${printExpr(pattern.to)}`;
  }
}

export function printType(type: TypeNode): string {
  switch (type.kind) {
    case 'named': return (type.module ? `${type.module.text}.` : '') + type.name.text;
    case 'pointer': return `*${printType(type.to)}`;
    case 'optional': return `?${printType(type.of)}`;
    case 'result': return `!${type.of ? printType(type.of) : ''}`;
    case 'array': return `[${printExpr(type.count)}]${printType(type.of)}`;
    case 'slice': return `[]${printType(type.of)}`;
    case 'function': {
      const result = type.result ? `: ${printType(type.result)}` : '';
      return `fn(${type.params.map(printType).join(', ')})${result}`;
    }
  }
}

export function printBlock(block: Block): string {
  return block.statements.length === 0 ? '{}' : `{ ${block.statements.map(printStmt).join('; ')} }`;
}

function printCondition(condition: Condition): string {
  if (condition.kind === 'expr') return printExpr(condition.value);
  return `${condition.mutable ? 'var' : 'let'} ${condition.name.text} = ${printExpr(condition.value)}`;
}

export function printStmt(stmt: Stmt): string {
  switch (stmt.kind) {
    case 'let': {
      const type = stmt.type ? `: ${printType(stmt.type)}` : '';
      const value = stmt.value ? ` = ${printExpr(stmt.value)}` : '';
      return `${stmt.mutable ? 'var' : 'let'} ${stmt.name.text}${type}${value}`;
    }
    case 'assign': return `${printExpr(stmt.target)} ${stmt.op} ${printExpr(stmt.value)}`;
    case 'expr': return printExpr(stmt.value);
    case 'if': {
      const otherwise = stmt.otherwise ? ` else ${printBlock(stmt.otherwise)}` : '';
      return `if ${printCondition(stmt.condition)} ${printBlock(stmt.then)}${otherwise}`;
    }
    case 'while': return `while ${printCondition(stmt.condition)} ${printBlock(stmt.body)}`;
    case 'forRange': {
      const range = `${printExpr(stmt.from)}..${stmt.inclusive ? '=' : ''}${printExpr(stmt.to)}`;
      return `for ${stmt.name.text} in ${stmt.reverse ? 'reverse ' : ''}${range} ${printBlock(stmt.body)}`;
    }
    case 'forEach': {
      const names = (stmt.index ? `${stmt.index.text}, ` : '') + stmt.name.text;
      return `for ${names} in ${printExpr(stmt.over)} ${printBlock(stmt.body)}`;
    }
    case 'return': return stmt.value ? `return ${printExpr(stmt.value)}` : 'return';
    case 'defer': return `defer ${printBlock(stmt.body)}`;
    case 'block': return printBlock(stmt.block);
    default: return stmt.kind;
  }
}
