<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>About</name>
    <message>
        <source>About TipMao Monitor</source>
        <translation>关于提猫监控</translation>
    </message>
    <message>
        <source>What the AI of your stream costs, right now.</source>
        <translation>直播用的 AI，现在花了多少钱。</translation>
    </message>
    <message>
        <source>This program: {cpu} % of a core, {memory} of memory</source>
        <translation>本程序占一个 CPU 核的 {cpu}%，内存 {memory}</translation>
    </message>
</context>
<context>
    <name>AdvicePanel</name>
    <message>
        <source>1 more</source>
        <translation>还有 1 条</translation>
    </message>
    <message>
        <source>{n} more</source>
        <translation>还有 {n} 条</translation>
    </message>
    <message>
        <source>Why not others ({n})</source>
        <translation>未推荐的 {n} 条</translation>
    </message>
    <message>
        <source>Nothing else: you put off what could be done.</source>
        <translation>没有别的了：能做的都被你选了稍后。</translation>
    </message>
    <message>
        <source>Nothing that would save more than ¥1 a month.</source>
        <translation>没有每月能省 ¥1 以上的建议。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Until then nothing can be applied.</source>
        <translation>在此之前不能应用建议。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>再试一次</translation>
    </message>
    <message>
        <source>Enter the token…</source>
        <translation>填写令牌…</translation>
    </message>
    <message>
        <source>Preferences…</source>
        <translation>偏好设置…</translation>
    </message>
    <message>
        <source>The token is known until the program ends. It could not be kept: {reason}</source>
        <translation>令牌只在本次运行中有效，没能保存：{reason}</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Advice</source>
        <translation>换模型建议</translation>
    </message>
    <message>
        <source>What if…</source>
        <translation>试算…</translation>
    </message>
    <message>
        <source>Switches</source>
        <translation>切换记录</translation>
    </message>
    <message>
        <source>Automatic switching</source>
        <translation>自动切换</translation>
    </message>
</context>
<context>
    <name>AuditModel</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>次数</translation>
    </message>
    <message>
        <source>Recorded</source>
        <translation>记录的费用</translation>
    </message>
    <message>
        <source>Price book</source>
        <translation>按价目表</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差额</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
</context>
<context>
    <name>AuditPanel</name>
    <message>
        <source>Recorded and recomputed</source>
        <translation>记录与重算</translation>
    </message>
    <message>
        <source>The window shows money</source>
        <translation>窗口里的费用</translation>
    </message>
    <message>
        <source>as recorded</source>
        <translation>按记录</translation>
    </message>
    <message>
        <source>from the price book</source>
        <translation>按价目表</translation>
    </message>
    <message>
        <source>Show these calls</source>
        <translation>查看这些调用</translation>
    </message>
    <message>
        <source>Show its price</source>
        <translation>查看定价</translation>
    </message>
    <message>
        <source>Add its price</source>
        <translation>添加定价</translation>
    </message>
    <message>
        <source>Comparing…</source>
        <translation>正在比对…</translation>
    </message>
    <message>
        <source>Recorded {recorded} · price book {book}</source>
        <translation>记录 {recorded} · 价目表 {book}</translation>
    </message>
    <message>
        <source>of the filter</source>
        <translation>仅当前筛选</translation>
    </message>
    <message>
        <source>{calls} without a price, not in the second sum</source>
        <translation>{calls}调用没有定价，后一个数不含它们</translation>
    </message>
    <message>
        <source>every model as in the price book</source>
        <translation>每个模型都和价目表一致</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Open folder…</source>
        <translation>打开文件夹…</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新读取</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>知道了</translation>
    </message>
    <message>
        <source>The folder {path} is not there. Its calls are missing from the numbers.</source>
        <translation>找不到文件夹 {path}，里面的调用没有计入。</translation>
    </message>
    <message>
        <source>{path} is not a folder. Choose the folder that holds the day files.</source>
        <translation>{path} 不是文件夹。请选择存放每日记录的文件夹。</translation>
    </message>
    <message>
        <source>The folder {path} cannot be read: {detail}</source>
        <translation>文件夹 {path} 读不了：{detail}</translation>
    </message>
    <message>
        <source>{file} cannot be read, so its calls are missing: {detail}</source>
        <translation>{file} 读不了，里面的调用没有计入：{detail}</translation>
    </message>
    <message>
        <source>The cache cannot be used: {detail}. The numbers are right, only starting takes longer.</source>
        <translation>缓存用不了：{detail}。数字照样准确，只是启动会慢一些。</translation>
    </message>
    <message>
        <source>The settings file cannot be used: {detail}</source>
        <translation>设置文件用不了：{detail}</translation>
    </message>
    <message>
        <source>The settings are of a newer version of this program. What is not known yet is left as it is.</source>
        <translation>设置文件来自更新版本的程序，本版本不认识的内容会原样保留。</translation>
    </message>
    <message>
        <source>The settings file cannot be used: {detail}. Its backup is in use.</source>
        <translation>设置文件不能用：{detail}。现在用的是它的备份。</translation>
    </message>
    <message>
        <source>The web page cannot be shown on port {path}: {detail}. Choose another port in the preferences.</source>
        <translation>端口 {path} 不能用于网页面板：{detail}。请在偏好设置里换一个端口。</translation>
    </message>
    <message>
        <source>Alerts cannot be kept: {detail}. They may come again after a restart.</source>
        <translation>提醒无法保存：{detail}。重启后可能会再次提醒。</translation>
    </message>
    <message>
        <source>The kept alerts were damaged and are begun anew. Some may come again.</source>
        <translation>保存的提醒已损坏，已重新开始记录，部分提醒可能会再次出现。</translation>
    </message>
    <message>
        <source>The kept alerts were damaged. Their copy was whole, nothing is lost.</source>
        <translation>保存的提醒已损坏，但副本完好，没有丢失任何内容。</translation>
    </message>
    <message>
        <source>Some alerts are of a newer version of this program. They are kept.</source>
        <translation>部分提醒由本程序的更新版本写入，已原样保留。</translation>
    </message>
    <message>
        <source>Something went wrong: {detail}</source>
        <translation>出了点问题：{detail}</translation>
    </message>
    <message>
        <source>{file} was deleted. Its calls no longer count.</source>
        <translation>{file} 已删除，里面的调用不再计入。</translation>
    </message>
    <message>
        <source>The clock of this computer was set back. Calls may lie in the future until it catches up.</source>
        <translation>电脑的时钟被调回去了。时间追上来之前，有些调用会显示在未来。</translation>
    </message>
    <message>
        <source>The price book could not be read: {detail}. Built-in prices are in use.</source>
        <translation>价目表读不了：{detail}。现在用的是内置价格。</translation>
    </message>
</context>
<context>
    <name>BudgetEditor</name>
    <message>
        <source>Budgets</source>
        <translation>预算</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>日</translation>
    </message>
    <message>
        <source>Week</source>
        <translation>周</translation>
    </message>
    <message>
        <source>Month</source>
        <translation>月</translation>
    </message>
    <message>
        <source>Stream</source>
        <translation>场</translation>
    </message>
    <message>
        <source>Period</source>
        <translation>周期</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Of</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>Amount in ¥</source>
        <translation>金额（¥）</translation>
    </message>
    <message>
        <source>Tell me when % is spent</source>
        <translation>花到百分之几时提醒</translation>
    </message>
    <message>
        <source>or expected to be, %</source>
        <translation>预计会到百分之几时提醒</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Which</source>
        <translation>哪一个</translation>
    </message>
    <message>
        <source>All calls</source>
        <translation>全部调用</translation>
    </message>
    <message>
        <source>The current stream</source>
        <translation>本场直播</translation>
    </message>
    <message>
        <source>(no name)</source>
        <translation>（未命名）</translation>
    </message>
    <message>
        <source>Budget {n}</source>
        <translation>预算 {n}</translation>
    </message>
    <message>
        <source>A name of 1 to {n} letters.</source>
        <translation>名称为 1 到 {n} 个字。</translation>
    </message>
    <message>
        <source>Another budget has this name.</source>
        <translation>已有同名预算。</translation>
    </message>
    <message>
        <source>An amount above ¥0 and up to {most}, like 10 or 9.50.</source>
        <translation>大于 ¥0、不超过 {most} 的金额，例如 10 或 9.50。</translation>
    </message>
    <message>
        <source>Whole numbers from 1 to {n}, like 80, 100.</source>
        <translation>1 到 {n} 的整数，例如 80, 100。</translation>
    </message>
    <message>
        <source>No more than {n} in all.</source>
        <translation>合计不超过 {n} 个。</translation>
    </message>
    <message>
        <source>This name is too long.</source>
        <translation>名称太长。</translation>
    </message>
    <message>
        <source>A budget says when your money will be gone, before it is.</source>
        <translation>有了预算，钱用完之前就会提醒你。</translation>
    </message>
    <message>
        <source>{limit}, not saved yet</source>
        <translation>{limit}，尚未保存</translation>
    </message>
    <message>
        <source>Something is not right yet.</source>
        <translation>还有内容需要改正。</translation>
    </message>
    <message>
        <source>No past period with calls</source>
        <translation>过去没有有调用的周期</translation>
    </message>
    <message>
        <source>Kept in {kept} of the last {n}</source>
        <translation>最近 {n} 个周期中守住 {kept} 个</translation>
    </message>
    <message>
        <source>and {n} before</source>
        <translation>以及更早的 {n} 个</translation>
    </message>
    <message>
        <source>✓ {when}: {spent} of {amount}, kept</source>
        <translation>✓ {when}：{spent} / {amount}，守住</translation>
    </message>
    <message>
        <source>✕ {when}: {spent} of {amount}, broken</source>
        <translation>✕ {when}：{spent} / {amount}，超支</translation>
    </message>
</context>
<context>
    <name>CallDetail</name>
    <message>
        <source>Call</source>
        <translation>调用</translation>
    </message>
    <message>
        <source>Copy as text</source>
        <translation>复制为文本</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>{day}, hour unknown</source>
        <translation>{day}，时刻未知</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Function</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>Recorded as</source>
        <translation>记录原文</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Total tokens</source>
        <translation>总 Token</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Anchor</source>
        <translation>主播</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>场次</translation>
    </message>
    <message>
        <source>Input tokens</source>
        <translation>输入 Token</translation>
    </message>
    <message>
        <source>Output tokens</source>
        <translation>输出 Token</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Cost as written</source>
        <translation>记录的费用</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>success</source>
        <translation>成功</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Remarks</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>unknown: no price for this model</source>
        <translation>未知：这个模型没有定价</translation>
    </message>
    <message>
        <source>unknown: no readable cost and no price for this model</source>
        <translation>未知：记录的费用读不出，这个模型也没有定价</translation>
    </message>
</context>
<context>
    <name>CallModel</name>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Book</source>
        <translation>价目表</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Not here yet</source>
        <translation>还没读到</translation>
    </message>
    <message>
        <source>{tokens} tokens · {cost} · {time}</source>
        <translation>{tokens} Token · {cost} · {time}</translation>
    </message>
    <message>
        <source>failed: {reason}</source>
        <translation>失败：{reason}</translation>
    </message>
    <message>
        <source>its time is not readable: counted under the day of its file</source>
        <translation>时间读不出，按文件日期计入</translation>
    </message>
    <message>
        <source>slow: over {time}</source>
        <translation>慢：超过 {time}</translation>
    </message>
    <message>
        <source>recorded as 0</source>
        <translation>记为 0</translation>
    </message>
</context>
<context>
    <name>CallTable</name>
    <message>
        <source>Sort by {column}</source>
        <translation>按{column}排序</translation>
    </message>
</context>
<context>
    <name>CallsCard</name>
    <message>
        <source>Calls</source>
        <translation>调用</translation>
    </message>
    <message>
        <source>Which calls</source>
        <translation>看哪些调用</translation>
    </message>
    <message>
        <source>Latest</source>
        <translation>最近</translation>
    </message>
    <message>
        <source>Slow {n}</source>
        <translation>慢 {n}</translation>
    </message>
    <message>
        <source>Odd {n}</source>
        <translation>异常 {n}</translation>
    </message>
    <message>
        <source>Failed {n}</source>
        <translation>失败 {n}</translation>
    </message>
    <message>
        <source>No call took longer than {time}</source>
        <translation>没有超过 {time} 的调用</translation>
    </message>
    <message>
        <source>No call cost unusually much</source>
        <translation>没有费用异常的调用</translation>
    </message>
    <message>
        <source>No call failed</source>
        <translation>没有失败的调用</translation>
    </message>
    <message>
        <source>No call matches the filter</source>
        <translation>没有符合筛选的调用</translation>
    </message>
    <message>
        <source>No calls yet</source>
        <translation>还没有调用</translation>
    </message>
</context>
<context>
    <name>CallsPanel</name>
    <message>
        <source>Calls</source>
        <translation>调用</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Function</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Time taken</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>{n} of {calls}</source>
        <translation>{calls}中的 {n} 次</translation>
    </message>
    <message>
        <source>Show more</source>
        <translation>继续显示</translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Copy as picture</source>
        <translation>复制为图片</translation>
    </message>
</context>
<context>
    <name>ChannelForm</name>
    <message>
        <source>Service</source>
        <translation>服务</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Name, as you call it</source>
        <translation>名称，自己取一个</translation>
    </message>
    <message>
        <source>Add a chat</source>
        <translation>添加群消息</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>New address of {name}</source>
        <translation>{name} 的新地址</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>必填</translation>
    </message>
    <message>
        <source>there is one of this name</source>
        <translation>已经有同名的了</translation>
    </message>
</context>
<context>
    <name>ChannelRow</name>
    <message>
        <source>Send a test</source>
        <translation>发送测试</translation>
    </message>
    <message>
        <source>New address</source>
        <translation>换地址</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Sending…</source>
        <translation>正在发送…</translation>
    </message>
    <message>
        <source>It has no address on this computer yet.</source>
        <translation>这台电脑上还没有它的地址。</translation>
    </message>
    <message>
        <source>Nothing was sent yet.</source>
        <translation>还没有发送过。</translation>
    </message>
</context>
<context>
    <name>ChannelsPage</name>
    <message>
        <source>Alerts are also sent to the chats that are on.</source>
        <translation>提醒也会发到打开的群和邮箱。</translation>
    </message>
    <message>
        <source>This needs an extra package: {command}</source>
        <translation>需要另外安装：{command}</translation>
    </message>
    <message>
        <source>Addresses are kept in the keyring of this system and nowhere else.</source>
        <translation>地址只保存在系统的密钥环里。</translation>
    </message>
    <message>
        <source>This system offers no keyring. Addresses are kept in {file}, which only you can read.</source>
        <translation>系统没有密钥环。地址保存在 {file}，只有你能读取。</translation>
    </message>
    <message>
        <source>This could not be kept: {reason}</source>
        <translation>没能保存：{reason}</translation>
    </message>
</context>
<context>
    <name>Chats</name>
    <message>
        <source>This is a test. Alerts will come here.</source>
        <translation>这是一条测试消息，以后的提醒会发到这里。</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>还有 {n} 条</translation>
    </message>
    <message>
        <source>{n} messages</source>
        <translation>{n} 条消息</translation>
    </message>
</context>
<context>
    <name>CleanupPanel</name>
    <message>
        <source>Clean up</source>
        <translation>清理</translation>
    </message>
    <message>
        <source>Older than</source>
        <translation>早于</translation>
    </message>
    <message>
        <source>One day</source>
        <translation>某一天</translation>
    </message>
    <message>
        <source>All day files</source>
        <translation>全部日文件</translation>
    </message>
    <message>
        <source>Which day files</source>
        <translation>哪些日文件</translation>
    </message>
    <message>
        <source>days</source>
        <translation>天</translation>
    </message>
    <message>
        <source>Days</source>
        <translation>天数</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Day files</source>
        <translation>日文件</translation>
    </message>
    <message>
        <source>Archive…</source>
        <translation>归档…</translation>
    </message>
    <message>
        <source>Hide…</source>
        <translation>隐藏…</translation>
    </message>
    <message>
        <source>Show again…</source>
        <translation>恢复显示…</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Archived files are compressed and still count. Hidden ones lie in the folder archive and do not count until they are shown again. A file&apos;s age is by the date in its name.</source>
        <translation>归档的文件会被压缩，仍计入统计。隐藏的文件放在 archive 文件夹里，恢复显示之前不计入统计。新旧按文件名里的日期算。</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>There is no such day file.</source>
        <translation>没有这样的日文件。</translation>
    </message>
    <message>
        <source>{n} of {all} chosen: {what}</source>
        <translation>已选 {n} / {all} 个：{what}</translation>
    </message>
    <message>
        <source>At work…</source>
        <translation>正在处理…</translation>
    </message>
    <message>
        <source>and {n} more, see the details</source>
        <translation>还有 {n} 个，见详细信息</translation>
    </message>
    <message>
        <source>{size}, {calls}, {cost}</source>
        <translation>{size}，{calls}，{cost}</translation>
    </message>
    <message>
        <source>1 day file</source>
        <translation>1 个日文件</translation>
    </message>
    <message>
        <source>{n} day files</source>
        <translation>{n} 个日文件</translation>
    </message>
    <message>
        <source>Delete {files} for good? {what} go from all figures and cannot be had back.</source>
        <translation>永久删除 {files}？{what} 将从所有统计中消失，无法找回。</translation>
    </message>
    <message>
        <source>Archive {files}? {what} stay in all figures. Each file is compressed and checked first.</source>
        <translation>归档 {files}？{what} 仍计入所有统计。每个文件先压缩并核对，再移除原文件。</translation>
    </message>
    <message>
        <source>Hide {files}? {what} go from all figures until they are shown again.</source>
        <translation>隐藏 {files}？恢复显示之前，{what} 不计入任何统计。</translation>
    </message>
    <message>
        <source>Show {files} again? Their calls will count again.</source>
        <translation>恢复显示 {files}？其中的调用会重新计入统计。</translation>
    </message>
    <message>
        <source>Delete {files}</source>
        <translation>删除 {files}</translation>
    </message>
    <message>
        <source>Archive {files}</source>
        <translation>归档 {files}</translation>
    </message>
    <message>
        <source>Hide {files}</source>
        <translation>隐藏 {files}</translation>
    </message>
    <message>
        <source>Show {files} again</source>
        <translation>恢复显示 {files}</translation>
    </message>
    <message>
        <source>Deleted {files}.</source>
        <translation>已删除 {files}。</translation>
    </message>
    <message>
        <source>Archived {files}.</source>
        <translation>已归档 {files}。</translation>
    </message>
    <message>
        <source>Hidden {files}.</source>
        <translation>已隐藏 {files}。</translation>
    </message>
    <message>
        <source>Shown again {files}.</source>
        <translation>已恢复显示 {files}。</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>还有 {n} 个</translation>
    </message>
    <message>
        <source>{file} is not there any more.</source>
        <translation>{file} 已经不在了。</translation>
    </message>
    <message>
        <source>{file} is being written to and was left as it is.</source>
        <translation>{file} 正在写入，没有改动。</translation>
    </message>
    <message>
        <source>{file} was left: there is another file of that name.</source>
        <translation>{file} 没有改动：已有同名的其他文件。</translation>
    </message>
    <message>
        <source>{file} is a link and was left as it is.</source>
        <translation>{file} 是链接，没有改动。</translation>
    </message>
    <message>
        <source>{file} is of today and was left as it is.</source>
        <translation>{file} 是今天的文件，没有改动。</translation>
    </message>
    <message>
        <source>The archive of {file} did not read back the same, so the file was left.</source>
        <translation>{file} 的压缩文件读回后不一致，原文件没有改动。</translation>
    </message>
    <message>
        <source>{file} is no day file of these folders.</source>
        <translation>{file} 不是这些文件夹里的日文件。</translation>
    </message>
    <message>
        <source>{file}: {detail}</source>
        <translation>{file}：{detail}</translation>
    </message>
    <message>
        <source>archived</source>
        <translation>已归档</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>已隐藏</translation>
    </message>
    <message>
        <source>counts</source>
        <translation>计入统计</translation>
    </message>
</context>
<context>
    <name>ConfirmRule</name>
    <message>
        <source>Automatic switching</source>
        <translation>自动切换</translation>
    </message>
    <message>
        <source>Past {amount} on a day: {functions} on {cheap}. The next day: {good} again.</source>
        <translation>当天超过 {amount} 后，{functions}改用 {cheap}；第二天换回 {good}。</translation>
    </message>
    <message>
        <source>It waits half an hour between two switches, does not act on a single dear call or for a model that did badly in your calls, and tells you each time. Other amounts and models: in the preferences.</source>
        <translation>两次切换至少隔半小时；不会因为一次特别贵的调用就切换，也不会换到你的记录里表现差的模型；每次切换都会告诉你。金额和模型可以在偏好设置里改。</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>开启</translation>
    </message>
</context>
<context>
    <name>ConfirmSwitch</name>
    <message>
        <source>Take the switch back</source>
        <translation>撤销切换</translation>
    </message>
    <message>
        <source>Switch the model</source>
        <translation>切换模型</translation>
    </message>
    <message>
        <source>The assistant goes back to what it used before:</source>
        <translation>助手换回之前用的模型：</translation>
    </message>
    <message>
        <source>From the next call on the assistant uses:</source>
        <translation>从下一次调用起，助手改用：</translation>
    </message>
    <message>
        <source>It should save {amount} a day.</source>
        <translation>预计每天省 {amount}。</translation>
    </message>
    <message>
        <source>What is true afterwards is read back and told. After a restart the assistant has forgotten it.</source>
        <translation>切换后会读回实际结果并告诉你。助手重启后会忘记这次切换。</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>换回</translation>
    </message>
    <message>
        <source>Switch</source>
        <translation>切换</translation>
    </message>
</context>
<context>
    <name>Corner</name>
    <message>
        <source>Messages, {n} not seen</source>
        <translation>消息，{n} 条未看</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>On air: hide names and amounts</source>
        <translation>开播遮挡：隐藏名字和金额</translation>
    </message>
</context>
<context>
    <name>Doctor</name>
    <message>
        <source>Doctor</source>
        <translation>体检</translation>
    </message>
    <message>
        <source>Are the numbers right?</source>
        <translation>数据准吗？</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Reasons</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>What to look at</source>
        <translation>查看内容</translation>
    </message>
    <message>
        <source>{calls} counted from {lines} in {files}.</source>
        <translation>{files}共 {lines}，计入 {calls}调用。</translation>
    </message>
    <message>
        <source>One of them has a part that needed care or could not be read.</source>
        <translation>其中 1 次有修正过或读不出来的部分。</translation>
    </message>
    <message>
        <source>{n} of them have a part that needed care or could not be read.</source>
        <translation>其中 {n} 次有修正过或读不出来的部分。</translation>
    </message>
    <message>
        <source>{lines} skipped.</source>
        <translation>跳过 {lines}。</translation>
    </message>
    <message>
        <source>A line of {size} is still being written.</source>
        <translation>有一行还没写完（{size}）。</translation>
    </message>
    <message>
        <source>Is the AI gateway integrated?</source>
        <translation>AI 网关接入了吗？</translation>
    </message>
    <message>
        <source>Do all calls go through it?</source>
        <translation>所有调用都经过网关吗？</translation>
    </message>
    <message>
        <source>Are the token counts those of the API&apos;s answers?</source>
        <translation>Token 数来自 API 响应吗？</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>cannot know</source>
        <translation>无法得知</translation>
    </message>
    <message>
        <source>No call was recorded in {files}.</source>
        <translation>{files}里没有调用记录。</translation>
    </message>
    <message>
        <source>{n} of {calls} are of the gateway&apos;s functions.</source>
        <translation>{calls}调用中有 {n} 次属于网关的功能。</translation>
    </message>
    <message>
        <source>A call that bypasses it leaves no record.</source>
        <translation>绕过网关的调用不会留下记录。</translation>
    </message>
    <message>
        <source>{n} of {calls} are of functions that it does not have: {names}</source>
        <translation>{calls}调用中有 {n} 次的功能不属于网关：{names}</translation>
    </message>
    <message>
        <source>Of {calls}: without a readable count {unknown}, successful without a token {zero}, with a total that does not add up {mismatched}.</source>
        <translation>{calls}调用中：Token 数读不出 {unknown} 次，成功却没有 Token {zero} 次，总数对不上 {mismatched} 次。</translation>
    </message>
    <message>
        <source>{model} ({calls})</source>
        <translation>{model}（{calls}）</translation>
    </message>
    <message>
        <source>Without a price in the book: {models}</source>
        <translation>没有定价：{models}</translation>
    </message>
    <message>
        <source>Not day files, not read: {files}</source>
        <translation>不是每日记录，没有读取：{files}</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>Which folder holds the records?</source>
        <translation>记录在哪个文件夹？</translation>
    </message>
    <message>
        <source>It is records/ai_usage beside the streaming assistant.</source>
        <translation>一般是直播助手旁边的 records/ai_usage。</translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation>打开文件夹…</translation>
    </message>
    <message>
        <source>Calls appear here as soon as the assistant writes its first one to this folder.</source>
        <translation>助手往这个文件夹写下第一条记录，这里马上就会显示。</translation>
    </message>
    <message>
        <source>No records yet.</source>
        <translation>还没有记录。</translation>
    </message>
    <message>
        <source>Open another folder…</source>
        <translation>打开其他文件夹…</translation>
    </message>
    <message>
        <source>No line in this folder is a usage record.</source>
        <translation>这个文件夹里没有一行是使用记录。</translation>
    </message>
    <message>
        <source>{n} lines were read and skipped, each with its reason.</source>
        <translation>读了 {n} 行，都跳过了，每行都列出了原因。</translation>
    </message>
    <message>
        <source>One line was read and skipped.</source>
        <translation>读了 1 行，跳过了。</translation>
    </message>
    <message>
        <source>Show skipped lines</source>
        <translation>查看跳过的行</translation>
    </message>
    <message>
        <source>No call matches this filter.</source>
        <translation>没有符合筛选的调用。</translation>
    </message>
    <message>
        <source>Remove the filters</source>
        <translation>清除筛选</translation>
    </message>
    <message>
        <source>The newest call is of {day}, {time}.</source>
        <translation>最近一次调用在 {day} {time}。</translation>
    </message>
    <message>
        <source>No calls today yet.</source>
        <translation>今天还没有调用。</translation>
    </message>
    <message>
        <source>No calls in this period.</source>
        <translation>这段时间没有调用。</translation>
    </message>
    <message>
        <source>None of the folders can be read.</source>
        <translation>这些文件夹都读不了。</translation>
    </message>
    <message>
        <source>The folder is not there.</source>
        <translation>文件夹不存在。</translation>
    </message>
    <message>
        <source>This is a file, not a folder.</source>
        <translation>这是文件，不是文件夹。</translation>
    </message>
    <message>
        <source>The folder cannot be read.</source>
        <translation>文件夹读不了。</translation>
    </message>
    <message>
        <source>Show 7 days</source>
        <translation>看 7 天</translation>
    </message>
    <message>
        <source>Show 30 days</source>
        <translation>看 30 天</translation>
    </message>
    <message>
        <source>Show {first} to {last}</source>
        <translation>看 {first} 至 {last}</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Export a report</source>
        <translation>导出报告</translation>
    </message>
    <message>
        <source>Period</source>
        <translation>时间范围</translation>
    </message>
    <message>
        <source>Days</source>
        <translation>按天</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Contents</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Dates</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Automatically</source>
        <translation>自动导出</translation>
    </message>
    <message>
        <source>Last day</source>
        <translation>最后一天</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>打开所在文件夹</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Every single call instead</source>
        <translation>改为导出每次调用</translation>
    </message>
    <message>
        <source>Every single call</source>
        <translation>每次调用的明细</translation>
    </message>
    <message>
        <source>Written: {path}</source>
        <translation>已写入：{path}</translation>
    </message>
    <message>
        <source>Cancelled. Nothing was written.</source>
        <translation>已取消，没有写入任何文件。</translation>
    </message>
    <message>
        <source>There is no folder for {path}. Choose another one.</source>
        <translation>{path} 所在的文件夹不存在，请另选一个。</translation>
    </message>
    <message>
        <source>The records are being changed all the time. Try again in a minute.</source>
        <translation>记录一直在变动，请过一分钟再试。</translation>
    </message>
    <message>
        <source>{path} cannot be written: {detail}</source>
        <translation>无法写入 {path}：{detail}</translation>
    </message>
    <message>
        <source>The report could not be made: {detail}</source>
        <translation>报告没有做成：{detail}</translation>
    </message>
    <message>
        <source>Folder for reports</source>
        <translation>存放报告的文件夹</translation>
    </message>
    <message>
        <source>As shown: {days}</source>
        <translation>与窗口相同：{days}</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 天</translation>
    </message>
    <message>
        <source>This month</source>
        <translation>本月</translation>
    </message>
    <message>
        <source>Last month</source>
        <translation>上月</translation>
    </message>
    <message>
        <source>Other days</source>
        <translation>自选日期</translation>
    </message>
    <message>
        <source>Excel workbook (.xlsx)</source>
        <translation>Excel 工作簿 (.xlsx)</translation>
    </message>
    <message>
        <source>PDF (.pdf)</source>
        <translation>PDF (.pdf)</translation>
    </message>
    <message>
        <source>Web page (.html)</source>
        <translation>网页 (.html)</translation>
    </message>
    <message>
        <source>Table as text (.csv)</source>
        <translation>文本表格 (.csv)</translation>
    </message>
    <message>
        <source>For programs (.json)</source>
        <translation>供程序读取 (.json)</translation>
    </message>
    <message>
        <source>Statement by anchor (.xlsx)</source>
        <translation>主播对账单 (.xlsx)</translation>
    </message>
    <message>
        <source>Every day, about the day before</source>
        <translation>每天，导出前一天</translation>
    </message>
    <message>
        <source>Every Monday, about the week before</source>
        <translation>每周一，导出上一周</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Written in this format into this folder, as soon as the program runs.</source>
        <translation>程序运行后，按此格式写入此文件夹。</translation>
    </message>
    <message>
        <source>Hours of day</source>
        <translation>按时段</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>按模型</translation>
    </message>
    <message>
        <source>Functions</source>
        <translation>按功能</translation>
    </message>
    <message>
        <source>Users</source>
        <translation>按用户</translation>
    </message>
    <message>
        <source>Anchors</source>
        <translation>按主播</translation>
    </message>
    <message>
        <source>Streams</source>
        <translation>按场次</translation>
    </message>
    <message>
        <source>Slow, failed, unusual calls</source>
        <translation>慢、失败、异常的调用</translation>
    </message>
    <message>
        <source>Budgets</source>
        <translation>预算</translation>
    </message>
    <message>
        <source>Advice</source>
        <translation>省钱建议</translation>
    </message>
    <message>
        <source>Price book differences</source>
        <translation>与价目表的差异</translation>
    </message>
    <message>
        <source>What was read</source>
        <translation>读取情况</translation>
    </message>
</context>
<context>
    <name>FileModel</name>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>Counted</source>
        <translation>计入</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>Blank</source>
        <translation>空白</translation>
    </message>
    <message>
        <source>Pending</source>
        <translation>待写完</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>调用</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Failed only</source>
        <translation>只看失败</translation>
    </message>
    <message>
        <source>{text}: remove this filter</source>
        <translation>{text}：取消这个筛选</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>reading, {n} %</source>
        <translation>正在读取 {n}%</translation>
    </message>
    <message>
        <source>reading stopped</source>
        <translation>读取已停止</translation>
    </message>
    <message>
        <source>last known · {age}</source>
        <translation>上次的数字 · {age}</translation>
    </message>
    <message>
        <source>By the price book</source>
        <translation>按价目表</translation>
    </message>
    <message>
        <source>All money is computed from the price book: show it as recorded</source>
        <translation>现在费用都按价目表重算。点击改回按记录显示</translation>
    </message>
    <message>
        <source>not reading</source>
        <translation>没有在读取</translation>
    </message>
    <message>
        <source>live · no calls yet</source>
        <translation>实时 · 还没有调用</translation>
    </message>
    <message>
        <source>live · {age}</source>
        <translation>实时 · {age}</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Newest call {newest}, looked at {looked}</source>
        <translation>最近一次调用 {newest}，{looked} 查看过</translation>
    </message>
    <message>
        <source>Period</source>
        <translation>时间范围</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search models, functions, users and error texts</source>
        <translation>搜索模型、功能、用户和错误信息</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>清除搜索</translation>
    </message>
    <message>
        <source>Custom</source>
        <translation>自定义</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今日</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 天</translation>
    </message>
    <message>
        <source>Month</source>
        <translation>本月</translation>
    </message>
</context>
<context>
    <name>FindingCard</name>
    <message>
        <source>Asking the gateway…</source>
        <translation>正在询问网关…</translation>
    </message>
    <message>
        <source>Switching…</source>
        <translation>正在切换…</translation>
    </message>
    <message>
        <source>The gateway uses it already; the next calls will show it.</source>
        <translation>网关已经在用它，接下来的调用会体现。</translation>
    </message>
    <message>
        <source>Set up…</source>
        <translation>设置…</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Show these calls</source>
        <translation>查看这些调用</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>依据</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>稍后</translation>
    </message>
    <message>
        <source>Comes back in 30 days</source>
        <translation>30 天后再出现</translation>
    </message>
</context>
<context>
    <name>FolderList</name>
    <message>
        <source>Add…</source>
        <translation>添加…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Folder with usage records</source>
        <translation>记录文件夹</translation>
    </message>
</context>
<context>
    <name>GroupModel</name>
    <message>
        <source>, {n} failed</source>
        <translation>，失败 {n} 次</translation>
    </message>
    <message>
        <source>{input} tokens in, {output} out</source>
        <translation>输入 {input} Token，输出 {output}</translation>
    </message>
    <message>
        <source>p95 {time}</source>
        <translation>P95 {time}</translation>
    </message>
    <message>
        <source>recorded as 0: {n} of them</source>
        <translation>其中 {n} 次记为 0</translation>
    </message>
    <message>
        <source>no known cost: {n} of them</source>
        <translation>其中 {n} 次费用未知</translation>
    </message>
    <message>
        <source>recorded as {names}</source>
        <translation>记录原文：{names}</translation>
    </message>
</context>
<context>
    <name>HoursCard</name>
    <message>
        <source>Hours of the day</source>
        <translation>时段分布</translation>
    </message>
    <message>
        <source>Calls by hour of day</source>
        <translation>各时段的调用次数</translation>
    </message>
    <message>
        <source>No call has a readable time</source>
        <translation>没有时间可读的调用</translation>
    </message>
    <message>
        <source>No calls yet</source>
        <translation>还没有调用</translation>
    </message>
    <message>
        <source>Peak {hour} · {calls}</source>
        <translation>峰值 {hour} · {calls}</translation>
    </message>
    <message>
        <source>{n} failed</source>
        <translation>{n} 次失败</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>调用次数</translation>
    </message>
</context>
<context>
    <name>ImportPanel</name>
    <message>
        <source>Import prices</source>
        <translation>导入价格</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search models</source>
        <translation>搜索模型</translation>
    </message>
    <message>
        <source>Prices of the file</source>
        <translation>文件里的价格</translation>
    </message>
    <message>
        <source>Tick shown</source>
        <translation>勾选列出的</translation>
    </message>
    <message>
        <source>Untick all</source>
        <translation>全不选</translation>
    </message>
    <message>
        <source>Used, no price {n}</source>
        <translation>用过但没定价 {n}</translation>
    </message>
    <message>
        <source>Changed {n}</source>
        <translation>有变化 {n}</translation>
    </message>
    <message>
        <source>New {n}</source>
        <translation>新模型 {n}</translation>
    </message>
    <message>
        <source>in USD</source>
        <translation>按美元</translation>
    </message>
    <message>
        <source>in CNY, at {rate}</source>
        <translation>按人民币，汇率 {rate}</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>{file} is not a price file of litellm: {reason}</source>
        <translation>{file} 不是 litellm 的价格文件：{reason}</translation>
    </message>
    <message>
        <source>Models with a price in {file}: {n}; without one per token: {left}. Only what is ticked is taken: new models hold from the first day on, changed ones from today on.</source>
        <translation>{file} 里有 {n} 个模型的价格，另有 {left} 个不按 Token 计价。只导入勾选的：新模型从最早一天起生效，有变化的从今天起生效。</translation>
    </message>
    <message>
        <source>Costs recorded for a model that is priced in USD are read as USD. Models of the book keep theirs.</source>
        <translation>按美元定价的模型，记录里的费用也会当作美元。价目表里已有的模型保持原来的币种。</translation>
    </message>
    <message>
        <source>Take 1 price</source>
        <translation>导入 1 个价格</translation>
    </message>
    <message>
        <source>Take {n} prices</source>
        <translation>导入 {n} 个价格</translation>
    </message>
</context>
<context>
    <name>KpiRow</name>
    <message>
        <source>! {calls} without a price, not in the sum</source>
        <translation>! {calls}调用没有定价，未计入</translation>
    </message>
    <message>
        <source>! {calls} without a price</source>
        <translation>! {calls}调用没有定价</translation>
    </message>
    <message>
        <source>! {n} unpriced</source>
        <translation>! {n} 次无定价</translation>
    </message>
    <message>
        <source>! {calls} recorded as ¥0.00</source>
        <translation>! {calls}调用记为 ¥0.00</translation>
    </message>
    <message>
        <source>! {n} recorded as 0</source>
        <translation>! {n} 次记为 0</translation>
    </message>
    <message>
        <source>{cost} a call</source>
        <translation>每次 {cost}</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Today&apos;s cost</source>
        <translation>今日费用</translation>
    </message>
    <message>
        <source>Cost, 7 days</source>
        <translation>7 天费用</translation>
    </message>
    <message>
        <source>Cost, 30 days</source>
        <translation>30 天费用</translation>
    </message>
    <message>
        <source>Cost this month</source>
        <translation>本月费用</translation>
    </message>
    <message>
        <source>Cost, {days}</source>
        <translation>{days} 费用</translation>
    </message>
    <message>
        <source>peak {hour} · {n}</source>
        <translation>峰值 {hour} · {n}</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>调用次数</translation>
    </message>
    <message>
        <source>input {input} · output {output}</source>
        <translation>输入 {input} · 输出 {output}</translation>
    </message>
    <message>
        <source>in {input} · out {output}</source>
        <translation>入 {input} · 出 {output}</translation>
    </message>
    <message>
        <source>{calls} without a token count</source>
        <translation>{calls}调用没有 Token 数</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>{n} failed</source>
        <translation>{n} 次失败</translation>
    </message>
    <message>
        <source>none failed</source>
        <translation>没有失败</translation>
    </message>
    <message>
        <source>{sign} {n} points</source>
        <translation>{sign} {n} 个百分点</translation>
    </message>
    <message>
        <source>Success</source>
        <translation>成功率</translation>
    </message>
    <message>
        <source>{n} slow, over {limit}</source>
        <translation>{n} 次慢调用，超过 {limit}</translation>
    </message>
    <message>
        <source>{n} slow</source>
        <translation>{n} 次慢调用</translation>
    </message>
    <message>
        <source>none slow</source>
        <translation>没有慢调用</translation>
    </message>
    <message>
        <source>median {time}</source>
        <translation>中位 {time}</translation>
    </message>
    <message>
        <source>p95 latency</source>
        <translation>P95 耗时</translation>
    </message>
    <message>
        <source>{cost} a day on average</source>
        <translation>日均 {cost}</translation>
    </message>
    <message>
        <source>{cost} a day</source>
        <translation>日均 {cost}</translation>
    </message>
    <message>
        <source>no forecast before 3 whole days</source>
        <translation>满 3 天后才能预计</translation>
    </message>
    <message>
        <source>no forecast yet</source>
        <translation>还不能预计</translation>
    </message>
    <message>
        <source>about {end} at its end</source>
        <translation>预计月底 {end}</translation>
    </message>
    <message>
        <source>about {end} at its end ({low}–{high})</source>
        <translation>预计月底 {end}（{low}–{high}）</translation>
    </message>
    <message>
        <source>~{end} at end ({low}–{high})</source>
        <translation>月底 {end}（{low}–{high}）</translation>
    </message>
    <message>
        <source>This month</source>
        <translation>本月费用</translation>
    </message>
    <message>
        <source>free models only</source>
        <translation>都是免费模型</translation>
    </message>
    <message>
        <source>no price is known</source>
        <translation>没有定价</translation>
    </message>
    <message>
        <source>Month</source>
        <translation>本月</translation>
    </message>
    <message>
        <source>vs yesterday at this time</source>
        <translation>比昨日此时</translation>
    </message>
    <message>
        <source>vs yesterday</source>
        <translation>比昨日</translation>
    </message>
    <message>
        <source>vs the 7 days before</source>
        <translation>比前 7 天</translation>
    </message>
    <message>
        <source>vs 7 days before</source>
        <translation>比前 7 天</translation>
    </message>
    <message>
        <source>vs the 30 days before</source>
        <translation>比前 30 天</translation>
    </message>
    <message>
        <source>vs 30 days before</source>
        <translation>比前 30 天</translation>
    </message>
    <message>
        <source>vs last month up to this day</source>
        <translation>比上月同期</translation>
    </message>
    <message>
        <source>vs last month</source>
        <translation>比上月</translation>
    </message>
    <message>
        <source>vs the day before</source>
        <translation>比前一天</translation>
    </message>
    <message>
        <source>vs day before</source>
        <translation>比前一天</translation>
    </message>
    <message>
        <source>vs as many days before</source>
        <translation>比之前同样天数</translation>
    </message>
    <message>
        <source>vs before</source>
        <translation>比之前</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Folder with usage records</source>
        <translation>存放使用记录的文件夹</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation>打开文件夹…</translation>
    </message>
    <message>
        <source>Preferences…</source>
        <translation>偏好设置…</translation>
    </message>
    <message>
        <source>Export a report…</source>
        <translation>导出报告…</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>查看(&amp;V)</translation>
    </message>
    <message>
        <source>Period</source>
        <translation>时间范围</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今日</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 天</translation>
    </message>
    <message>
        <source>Month</source>
        <translation>本月</translation>
    </message>
    <message>
        <source>Compact</source>
        <translation>小窗</translation>
    </message>
    <message>
        <source>On air: hide names and amounts</source>
        <translation>开播遮挡：隐藏名字和金额</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Back to the filter before</source>
        <translation>回到上一个筛选</translation>
    </message>
    <message>
        <source>Remove the filters</source>
        <translation>清除筛选</translation>
    </message>
    <message>
        <source>Money</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>As recorded</source>
        <translation>按记录</translation>
    </message>
    <message>
        <source>By the price book</source>
        <translation>按价目表</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>高对比度</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新读取</translation>
    </message>
    <message>
        <source>&amp;Budget</source>
        <translation>预算(&amp;B)</translation>
    </message>
    <message>
        <source>Budgets</source>
        <translation>预算</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Pause alerts</source>
        <translation>暂停提醒</translation>
    </message>
    <message>
        <source>Send a test alert</source>
        <translation>发送测试提醒</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>工具(&amp;T)</translation>
    </message>
    <message>
        <source>Price book</source>
        <translation>价目表</translation>
    </message>
    <message>
        <source>Recorded and recomputed</source>
        <translation>记录与重算</translation>
    </message>
    <message>
        <source>Skipped lines</source>
        <translation>跳过的行</translation>
    </message>
    <message>
        <source>Doctor</source>
        <translation>体检</translation>
    </message>
    <message>
        <source>Clean up…</source>
        <translation>清理…</translation>
    </message>
    <message>
        <source>Simulated stream</source>
        <translation>模拟直播</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>About TipMao Monitor</source>
        <translation>关于提猫监控</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Remove the last filter</source>
        <translation>取消最后一个筛选</translation>
    </message>
    <message>
        <source>Menus</source>
        <translation>菜单</translation>
    </message>
</context>
<context>
    <name>MessageCentre</name>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Show the calls</source>
        <translation>查看这些调用</translation>
    </message>
    <message>
        <source>Seen</source>
        <translation>知道了</translation>
    </message>
    <message>
        <source>All seen</source>
        <translation>全部知道了</translation>
    </message>
    <message>
        <source>Quiet until the stream ends</source>
        <translation>下播前不再提醒</translation>
    </message>
    <message>
        <source>Send a test</source>
        <translation>发送测试</translation>
    </message>
    <message>
        <source>No messages. What is worth knowing is kept here, also when no balloon could be shown.</source>
        <translation>没有消息。值得知道的事都会留在这里，弹不出通知时也一样。</translation>
    </message>
    <message>
        <source>1 message that you have not seen</source>
        <translation>1 条消息未看</translation>
    </message>
    <message>
        <source>{n} messages that you have not seen</source>
        <translation>{n} 条消息未看</translation>
    </message>
    <message>
        <source>You have seen all messages.</source>
        <translation>消息都看过了。</translation>
    </message>
    <message>
        <source>Messages cannot be kept: {detail}. They are lost when the program ends.</source>
        <translation>消息无法保存：{detail}。程序退出后会丢失。</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>以及另外 {n} 条</translation>
    </message>
</context>
<context>
    <name>MessageModel</name>
    <message>
        <source>unread</source>
        <translation>未看</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>What</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
</context>
<context>
    <name>OldFilesModel</name>
    <message>
        <source>Day</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>次数</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
</context>
<context>
    <name>Panel</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>ParetoPlot</name>
    <message>
        <source>p95 latency → slower</source>
        <translation>P95 耗时 → 更慢</translation>
    </message>
    <message>
        <source>{model} (now)</source>
        <translation>{model}（现在）</translation>
    </message>
</context>
<context>
    <name>PeriodPopover</name>
    <message>
        <source>First day</source>
        <translation>开始日期</translation>
    </message>
    <message>
        <source>Last day</source>
        <translation>结束日期</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>The first day is after the last.</source>
        <translation>开始日期晚于结束日期。</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>Preferences</source>
        <translation>偏好设置</translation>
    </message>
    <message>
        <source>General</source>
        <translation>常规</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>提醒</translation>
    </message>
    <message>
        <source>Chats</source>
        <translation>群消息</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Start at login</source>
        <translation>开机启动</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>Enter…</source>
        <translation>填写…</translation>
    </message>
    <message>
        <source>Token of the gateway</source>
        <translation>网关令牌</translation>
    </message>
    <message>
        <source>Only if the gateway asks for one.</source>
        <translation>网关要求时才需要。</translation>
    </message>
    <message>
        <source>This could not be changed: {reason}</source>
        <translation>没能改成：{reason}</translation>
    </message>
</context>
<context>
    <name>Presence</name>
    <message>
        <source>On air: nothing pops up</source>
        <translation>开播遮挡中，不弹通知</translation>
    </message>
    <message>
        <source>Alerts are paused</source>
        <translation>提醒已暂停</translation>
    </message>
    <message>
        <source>Quiet hours</source>
        <translation>免打扰时段</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>以及另外 {n} 条</translation>
    </message>
    <message>
        <source>{n} messages</source>
        <translation>{n} 条消息</translation>
    </message>
    <message>
        <source>All is well.</source>
        <translation>一切正常。</translation>
    </message>
    <message>
        <source>A balloon was sent to the desktop. If none came up, the desktop shows none: this line is always.</source>
        <translation>已向桌面发送通知。如果没有弹出，说明桌面不显示通知；这里始终会显示。</translation>
    </message>
    <message>
        <source>This desktop has no tray, so alerts are shown here and in the messages.</source>
        <translation>此桌面没有托盘，提醒会显示在这里和消息中。</translation>
    </message>
    <message>
        <source>This is a test alert</source>
        <translation>这是一条测试提醒</translation>
    </message>
    <message>
        <source>Seen</source>
        <translation>知道了</translation>
    </message>
    <message>
        <source>The report is written</source>
        <translation>报告已保存</translation>
    </message>
    <message>
        <source>Open its folder</source>
        <translation>打开所在文件夹</translation>
    </message>
    <message>
        <source>The report could not be written</source>
        <translation>报告未能保存</translation>
    </message>
    <message>
        <source>On air no balloon comes up: alerts wait in the messages.</source>
        <translation>开播遮挡中不弹通知，提醒会留在消息里。</translation>
    </message>
    <message>
        <source>On air: names and amounts are hidden, nothing pops up</source>
        <translation>开播遮挡中：名字和金额已隐藏，不弹通知</translation>
    </message>
    <message>
        <source>Show them again</source>
        <translation>恢复显示</translation>
    </message>
    <message>
        <source>A budget of ¥10 a day?</source>
        <translation>设一个每天 ¥10 的预算？</translation>
    </message>
    <message>
        <source>You are told at 80 %, when it is used up, and before, when it will not last.</source>
        <translation>用到 80 %、用完、以及预计不够用时都会提醒你。</translation>
    </message>
    <message>
        <source>Yes, ¥10 a day</source>
        <translation>好，每天 ¥10</translation>
    </message>
    <message>
        <source>Another amount</source>
        <translation>换个金额</translation>
    </message>
    <message>
        <source>No budget</source>
        <translation>不设预算</translation>
    </message>
    <message>
        <source>Every day</source>
        <translation>每天</translation>
    </message>
    <message>
        <source>TipMao Monitor goes on in the tray</source>
        <translation>TipMao Monitor 仍在托盘中运行</translation>
    </message>
    <message>
        <source>Open it by its icon. Quit is in the icon&apos;s menu.</source>
        <translation>点托盘图标打开，退出在图标菜单里。</translation>
    </message>
</context>
<context>
    <name>PriceBookPanel</name>
    <message>
        <source>Price book</source>
        <translation>价目表</translation>
    </message>
    <message>
        <source>Prices</source>
        <translation>价格</translation>
    </message>
    <message>
        <source>Exchange rates</source>
        <translation>汇率</translation>
    </message>
    <message>
        <source>Search models, providers, uses</source>
        <translation>搜索模型、厂商、用途</translation>
    </message>
    <message>
        <source>Mistakes in your price file</source>
        <translation>价格文件里的错误</translation>
    </message>
    <message>
        <source>Import from litellm…</source>
        <translation>从 litellm 导入…</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>添加模型</translation>
    </message>
    <message>
        <source>Add a rate</source>
        <translation>添加汇率</translation>
    </message>
    <message>
        <source>Price file of litellm</source>
        <translation>litellm 价格文件</translation>
    </message>
    <message>
        <source>litellm prices (*.json)</source>
        <translation>litellm 价格 (*.json)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>Your price file cannot be used. The program&apos;s own prices hold until it is corrected:</source>
        <translation>你的价格文件用不了。改好之前用程序自带的价格：</translation>
    </message>
    <message>
        <source>Not undone: your price file was edited elsewhere since.</source>
        <translation>没有撤销：价格文件之后在别处改过。</translation>
    </message>
    <message>
        <source>Not saved: {reason}</source>
        <translation>没有保存：{reason}</translation>
    </message>
    <message>
        <source>Undone. All numbers follow.</source>
        <translation>已撤销，所有数字随之更新。</translation>
    </message>
    <message>
        <source>Saved. All numbers follow.</source>
        <translation>已保存，所有数字随之更新。</translation>
    </message>
    <message>
        <source>1 row of your own in {file}</source>
        <translation>你自己的价格 1 条，在 {file}</translation>
    </message>
    <message>
        <source>{n} rows of your own in {file}</source>
        <translation>你自己的价格 {n} 条，在 {file}</translation>
    </message>
    <message>
        <source>All prices are those of the program. Yours go into {file}</source>
        <translation>现在都是程序自带的价格。你添加的会存到 {file}</translation>
    </message>
</context>
<context>
    <name>ProposalModel</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Now, in / out</source>
        <translation>现价，入 / 出</translation>
    </message>
    <message>
        <source>litellm, in / out</source>
        <translation>litellm，入 / 出</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>厂商</translation>
    </message>
</context>
<context>
    <name>Question</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>ReasonModel</name>
    <message>
        <source>Lines</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>调用</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>counted</source>
        <translation>已计</translation>
    </message>
</context>
<context>
    <name>RejectModel</name>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>行</translation>
    </message>
    <message>
        <source>From byte</source>
        <translation>起始字节</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>内容</translation>
    </message>
</context>
<context>
    <name>ShareModel</name>
    <message>
        <source>Share</source>
        <translation>占比</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>{money}/call</source>
        <translation>{money}/次</translation>
    </message>
</context>
<context>
    <name>SharesCard</name>
    <message>
        <source>Models</source>
        <translation>模型分布</translation>
    </message>
    <message>
        <source>Functions</source>
        <translation>功能分布</translation>
    </message>
    <message>
        <source>No calls to share out yet</source>
        <translation>还没有调用</translation>
    </message>
    <message>
        <source>Show fewer</source>
        <translation>收起</translation>
    </message>
    <message>
        <source>{n} more</source>
        <translation>还有 {n} 个</translation>
    </message>
</context>
<context>
    <name>SheetView</name>
    <message>
        <source>Prices</source>
        <translation>价格</translation>
    </message>
    <message>
        <source>Exchange rates</source>
        <translation>汇率</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史价格</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>修改</translation>
    </message>
    <message>
        <source>New price from today</source>
        <translation>从今天起改价</translation>
    </message>
    <message>
        <source>New rate from today</source>
        <translation>从今天起改汇率</translation>
    </message>
    <message>
        <source>Remove my row</source>
        <translation>删除我的这条</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>{name}: 1 price</source>
        <translation>{name}：1 条</translation>
    </message>
    <message>
        <source>{name}: {n} prices</source>
        <translation>{name}：{n} 条</translation>
    </message>
    <message>
        <source>{name}: 1 rate</source>
        <translation>{name}：1 条汇率</translation>
    </message>
    <message>
        <source>{name}: {n} rates</source>
        <translation>{name}：{n} 条汇率</translation>
    </message>
    <message>
        <source>This changes your row.</source>
        <translation>将修改你的这一条。</translation>
    </message>
    <message>
        <source>No model like this in the price book. You can add it.</source>
        <translation>价目表里没有这样的模型，可以添加。</translation>
    </message>
    <message>
        <source>This becomes a row of your own file. Those of the program stay.</source>
        <translation>会存为你自己的一条，程序自带的不变。</translation>
    </message>
    <message>
        <source>Your row. Without it, the program&apos;s own price holds, if it has one.</source>
        <translation>这是你的价格。删掉后用程序自带的（如果有）。</translation>
    </message>
    <message>
        <source>The program&apos;s row. Editing it makes a row of your own, which survives updates.</source>
        <translation>这是程序自带的价格。修改会存为你自己的一条，升级后仍在。</translation>
    </message>
</context>
<context>
    <name>Shortcuts</name>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
</context>
<context>
    <name>SkippedLines</name>
    <message>
        <source>Skipped lines</source>
        <translation>跳过的行</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>No line was skipped: every line in the folder is counted.</source>
        <translation>一行都没有跳过，文件夹里每一行都已计入。</translation>
    </message>
    <message>
        <source>These are no usage records and are not counted. The newest {n} of {all}:</source>
        <translation>这些不是使用记录，没有计入。共 {all} 条，下面是最新的 {n} 条：</translation>
    </message>
    <message>
        <source>This is no usage record and is not counted. Nothing else is missing.</source>
        <translation>这一行不是使用记录，没有计入。其他一条不少。</translation>
    </message>
    <message>
        <source>These are no usage records and are not counted. Nothing else is missing.</source>
        <translation>这些不是使用记录，没有计入。其他一条不少。</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Recorded and recomputed, side by side</source>
        <translation>记录与重算，并排比较</translation>
    </message>
    <message>
        <source>{calls} counted</source>
        <translation>已计 {calls}调用</translation>
    </message>
    <message>
        <source>1 line skipped</source>
        <translation>跳过 1 行</translation>
    </message>
    <message>
        <source>{n} lines skipped</source>
        <translation>跳过 {n} 行</translation>
    </message>
    <message>
        <source>updated {time}</source>
        <translation>{time} 更新</translation>
    </message>
    <message>
        <source>as of {time}</source>
        <translation>截至 {time}</translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message>
        <source>{rate} · p95 {time}</source>
        <translation>{rate} · P95 {time}</translation>
    </message>
    <message>
        <source>success {rate}</source>
        <translation>成功率 {rate}</translation>
    </message>
    <message>
        <source>{calls} today</source>
        <translation>今日 {calls}</translation>
    </message>
    <message>
        <source>as of {time}</source>
        <translation>截至 {time}</translation>
    </message>
    <message>
        <source>today</source>
        <translation>今日</translation>
    </message>
    <message>
        <source>no budget</source>
        <translation>未设预算</translation>
    </message>
    <message>
        <source>today · budget {share}</source>
        <translation>今日 · 预算 {share}</translation>
    </message>
    <message>
        <source>live</source>
        <translation>直播中</translation>
    </message>
    <message>
        <source>1 message</source>
        <translation>1 条消息</translation>
    </message>
    <message>
        <source>{n} messages</source>
        <translation>{n} 条消息</translation>
    </message>
</context>
<context>
    <name>SwitchesPanel</name>
    <message>
        <source>Switches</source>
        <translation>切换记录</translation>
    </message>
    <message>
        <source>Undo…</source>
        <translation>撤销…</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>谁</translation>
    </message>
    <message>
        <source>What</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Saving</source>
        <translation>节省</translation>
    </message>
    <message>
        <source>was back already</source>
        <translation>已经换回</translation>
    </message>
    <message>
        <source>taken back</source>
        <translation>已撤销</translation>
    </message>
    <message>
        <source>undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Show what was put off ({n})</source>
        <translation>显示稍后的建议（{n}）</translation>
    </message>
    <message>
        <source>The log cannot be written: {reason}</source>
        <translation>切换记录写不进去：{reason}</translation>
    </message>
    <message>
        <source>What a switch saved is known a day after it, from the calls made since.</source>
        <translation>切换一天之后，用之后的调用算出真正省了多少。</translation>
    </message>
</context>
<context>
    <name>TokenDialog</name>
    <message>
        <source>Token of the gateway</source>
        <translation>网关令牌</translation>
    </message>
    <message>
        <source>The gateway answers only who knows its token.</source>
        <translation>网关需要令牌才会回答。</translation>
    </message>
    <message>
        <source>It is kept in the system&apos;s keyring, or in a file that only you can read.</source>
        <translation>令牌存在系统钥匙串里，或只有你能读的文件里。</translation>
    </message>
    <message>
        <source>Left empty, the one that is kept is forgotten.</source>
        <translation>留空则删除已保存的令牌。</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用</translation>
    </message>
</context>
<context>
    <name>TopCard</name>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Users</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Anchors</source>
        <translation>主播</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>场次</translation>
    </message>
    <message>
        <source>Order by</source>
        <translation>排序</translation>
    </message>
    <message>
        <source>Rows of</source>
        <translation>分组</translation>
    </message>
    <message>
        <source>No calls yet</source>
        <translation>还没有调用</translation>
    </message>
    <message>
        <source>Top users</source>
        <translation>Top 用户</translation>
    </message>
    <message>
        <source>Top anchors</source>
        <translation>Top 主播</translation>
    </message>
    <message>
        <source>Top sessions</source>
        <translation>Top 场次</translation>
    </message>
    <message>
        <source>Top</source>
        <translation>Top</translation>
    </message>
    <message>
        <source>No user is recorded: calls that go through the gateway carry none.</source>
        <translation>没有记录用户：经过网关的调用不带用户。</translation>
    </message>
    <message>
        <source>No anchor is recorded: calls that go through the gateway carry none.</source>
        <translation>没有记录主播：经过网关的调用不带主播。</translation>
    </message>
    <message>
        <source>No session is recorded: calls that go through the gateway carry none.</source>
        <translation>没有记录场次：经过网关的调用不带场次。</translation>
    </message>
</context>
<context>
    <name>TopModel</name>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>次数</translation>
    </message>
</context>
<context>
    <name>TrayMenu</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Compact</source>
        <translation>小窗</translation>
    </message>
    <message>
        <source>On air: hide names and amounts</source>
        <translation>开播遮挡：隐藏名字和金额</translation>
    </message>
    <message>
        <source>Pause alerts</source>
        <translation>暂停提醒</translation>
    </message>
    <message>
        <source>Export today</source>
        <translation>导出今日</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Start at login</source>
        <translation>开机启动</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
</context>
<context>
    <name>TrendCard</name>
    <message>
        <source>By model</source>
        <translation>按模型</translation>
    </message>
    <message>
        <source>By function</source>
        <translation>按功能</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>Hours</source>
        <translation>24 小时</translation>
    </message>
    <message>
        <source>Stacked by</source>
        <translation>堆叠方式</translation>
    </message>
    <message>
        <source>Bars by</source>
        <translation>每根柱子</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>图例</translation>
    </message>
    <message>
        <source>Cost trend</source>
        <translation>费用趋势</translation>
    </message>
    <message>
        <source>about {cost}</source>
        <translation>预计 {cost}</translation>
    </message>
    <message>
        <source>budget {limit}</source>
        <translation>预算 {limit}</translation>
    </message>
    <message>
        <source>Cost by week</source>
        <translation>每周费用</translation>
    </message>
    <message>
        <source>Cost by {n} weeks</source>
        <translation>每 {n} 周费用</translation>
    </message>
    <message>
        <source>No price is known for these models</source>
        <translation>这些模型没有定价</translation>
    </message>
    <message>
        <source>Nothing was charged</source>
        <translation>没有产生费用</translation>
    </message>
    <message>
        <source>No call matches the filter</source>
        <translation>没有符合筛选的调用</translation>
    </message>
    <message>
        <source>No calls in these days</source>
        <translation>这几天没有调用</translation>
    </message>
    <message>
        <source>Cost trend: {total} in all, most {when} with {cost}</source>
        <translation>费用趋势：共 {total}，{when}最多，为 {cost}</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今日</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>合计</translation>
    </message>
    <message>
        <source>{days}, so far</source>
        <translation>{days}，截至目前</translation>
    </message>
    <message>
        <source>{n} failed</source>
        <translation>{n} 次失败</translation>
    </message>
    <message>
        <source>p95 {time}</source>
        <translation>P95 {time}</translation>
    </message>
</context>
<context>
    <name>WhatIfPanel</name>
    <message>
        <source>What if</source>
        <translation>试算</translation>
    </message>
    <message>
        <source>Function</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Every</source>
        <translation>每隔</translation>
    </message>
    <message>
        <source>Was</source>
        <translation>实际</translation>
    </message>
    <message>
        <source>Would be</source>
        <translation>改后</translation>
    </message>
    <message>
        <source>The calls of {period} again, with what you choose here. Nothing is switched.</source>
        <translation>用{period}的真实调用按你的选择重算一遍，不会切换任何东西。</translation>
    </message>
    <message>
        <source>{calls} of unknown cost or tokens left out.</source>
        <translation>有 {calls}的费用或 Token 不明，没有计入。</translation>
    </message>
    <message>
        <source>{before} → {after}</source>
        <translation>{before} → {after}</translation>
    </message>
    <message>
        <source>saves {amount} a day</source>
        <translation>每天省 {amount}</translation>
    </message>
    <message>
        <source>costs {amount} a day more</source>
        <translation>每天多花 {amount}</translation>
    </message>
</context>
<context>
    <name>WhyPanel</name>
    <message>
        <source>Why and why not</source>
        <translation>为什么推荐，为什么不推荐</translation>
    </message>
    <message>
        <source>Function</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>Cost a call against p95 latency</source>
        <translation>每次费用与 P95 耗时</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Cost a call</source>
        <translation>每次费用</translation>
    </message>
    <message>
        <source>{calls} in {period} cost {cost}. Each was priced again on every model; how slow a model is comes from your own calls.</source>
        <translation>{period}的 {calls}调用花了 {cost}。每次都按各个模型重新计价；快慢来自你自己的调用。</translation>
    </message>
    <message>
        <source>Without a call of yours, so not in the picture: {models}.</source>
        <translation>你没用过、所以图里没有：{models}。</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>A call</source>
        <translation>每次</translation>
    </message>
    <message>
        <source>Saves a day</source>
        <translation>每天省</translation>
    </message>
    <message>
        <source>p95</source>
        <translation>P95</translation>
    </message>
    <message>
        <source>Success</source>
        <translation>成功率</translation>
    </message>
    <message>
        <source>Your calls</source>
        <translation>你的调用</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>结论</translation>
    </message>
    <message>
        <source>in use now</source>
        <translation>正在用</translation>
    </message>
    <message>
        <source>no: {reason}</source>
        <translation>不推荐：{reason}</translation>
    </message>
    <message>
        <source>advised</source>
        <translation>推荐</translation>
    </message>
    <message>
        <source>possible</source>
        <translation>可选</translation>
    </message>
</context>
<context>
    <name>advice</name>
    <message>
        <source>All functions</source>
        <translation>所有功能</translation>
    </message>
    <message>
        <source>{model} and {n} more</source>
        <translation>{model} 和另外 {n} 个</translation>
    </message>
    <message>
        <source>{function}: {before} → {after}</source>
        <translation>{function}：{before} → {after}</translation>
    </message>
    <message>
        <source>Past {amount} a day: {model}</source>
        <translation>每天超过 {amount}：{model}</translation>
    </message>
    <message>
        <source>{function}, past {amount} a day: {model}</source>
        <translation>{function}：每天超过 {amount} 换 {model}</translation>
    </message>
    <message>
        <source>Failed and paid: {error}</source>
        <translation>失败仍付费：{error}</translation>
    </message>
    <message>
        <source>{function}: paid, but too late</source>
        <translation>{function}：付了费但太迟</translation>
    </message>
    <message>
        <source>{function}: input grows through a stream</source>
        <translation>{function}：输入越播越长</translation>
    </message>
    <message>
        <source>{function}: the same call over and over</source>
        <translation>{function}：同样的调用反复发</translation>
    </message>
    <message>
        <source>{model} has no price</source>
        <translation>{model} 没有价格</translation>
    </message>
    <message>
        <source>{model} is recorded at ¥0</source>
        <translation>{model} 一直记为 ¥0</translation>
    </message>
    <message>
        <source>{model} is recorded at another price</source>
        <translation>{model} 记录的价格不对</translation>
    </message>
    <message>
        <source>save {amount} a day</source>
        <translation>省 {amount}/日</translation>
    </message>
    <message>
        <source>{amount} too low</source>
        <translation>少计 {amount}</translation>
    </message>
    <message>
        <source>On 1 of {all} days the cost went past it.</source>
        <translation>{all} 天里有 1 天超过。</translation>
    </message>
    <message>
        <source>On {n} of {all} days the cost went past it.</source>
        <translation>{all} 天里有 {n} 天超过。</translation>
    </message>
    <message>
        <source>today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>the last {n} days</source>
        <translation>近 {n} 天</translation>
    </message>
    <message>
        <source>{amount} of it was recorded as 0.</source>
        <translation>其中 {amount} 被记为 0。</translation>
    </message>
    <message>
        <source>No record of yours for {model}.</source>
        <translation>你的记录里没有 {model}。</translation>
    </message>
    <message>
        <source>Your {model}: {figures}.</source>
        <translation>你的 {model}：{figures}。</translation>
    </message>
    <message>
        <source>Your {model} in other functions: {figures}.</source>
        <translation>你的 {model}（其他功能）：{figures}。</translation>
    </message>
    <message>
        <source>p95 {time}</source>
        <translation>P95 {time}</translation>
    </message>
    <message>
        <source>success {rate}</source>
        <translation>成功率 {rate}</translation>
    </message>
    <message>
        <source>Lower use: {before} → {after}.</source>
        <translation>档位降低：{before} → {after}。</translation>
    </message>
    <message>
        <source>Use: {before} → {after}.</source>
        <translation>档位：{before} → {after}。</translation>
    </message>
    <message>
        <source>Free as a trial; the provider may limit it any day.</source>
        <translation>免费试用，服务商随时可能限制。</translation>
    </message>
    <message>
        <source>high quality</source>
        <translation>高质量</translation>
    </message>
    <message>
        <source>complex reasoning</source>
        <translation>复杂推理</translation>
    </message>
    <message>
        <source>balanced</source>
        <translation>平衡性能</translation>
    </message>
    <message>
        <source>multimodal</source>
        <translation>多模态</translation>
    </message>
    <message>
        <source>everyday</source>
        <translation>日常使用</translation>
    </message>
    <message>
        <source>long texts</source>
        <translation>长文本</translation>
    </message>
    <message>
        <source>quick answers</source>
        <translation>快速响应</translation>
    </message>
    <message>
        <source>simple tasks</source>
        <translation>简单任务</translation>
    </message>
    <message>
        <source>economy</source>
        <translation>经济型</translation>
    </message>
    <message>
        <source>cheapest</source>
        <translation>极致省钱</translation>
    </message>
    <message>
        <source>free trial</source>
        <translation>免费试用</translation>
    </message>
    <message>
        <source>code</source>
        <translation>代码生成</translation>
    </message>
    <message>
        <source>not said</source>
        <translation>未注明</translation>
    </message>
    <message>
        <source>{number} of {all} to keep {budget} ({amount}): {before} expected, {after} with them.</source>
        <translation>守住{budget}（{amount}）的第 {number}/{all} 步：预计 {before}，全部切换后 {after}。</translation>
    </message>
    <message>
        <source>Keeps {budget} ({amount}): {before} expected, {after} with it.</source>
        <translation>守住{budget}（{amount}）：预计 {before}，切换后 {after}。</translation>
    </message>
    <message>
        <source>{calls} in {period} failed and were paid all the same. {hint}</source>
        <translation>{period}有 {calls}失败但照样付了费。{hint}</translation>
    </message>
    <message>
        <source>{calls} in {period} took longer than {limit} (p95 {time}). A quicker model would be in time.</source>
        <translation>{period}有 {calls}超过 {limit}（P95 {time}）。换更快的模型才来得及。</translation>
    </message>
    <message>
        <source>{calls} in {period}, from {before} to {after} tokens each within a stream. Send less of what went before.</source>
        <translation>{period}有 {calls}，一场直播里每次输入从 {before} 涨到 {after} Token。少带一些前文。</translation>
    </message>
    <message>
        <source>{calls} in {period} nearly alike, up to {n} in a row. Look for a retry that never ends.</source>
        <translation>{period}有 {calls}几乎一样的调用，最多连续 {n} 次。查一查是不是重试停不下来。</translation>
    </message>
    <message>
        <source>{calls} in {period} count as ¥0 because the price book does not know it.</source>
        <translation>{period}有 {calls}，价目表里没有它，所以按 ¥0 计。</translation>
    </message>
    <message>
        <source>{calls} of {period}, priced again: {cost} → {after}.</source>
        <translation>{period} {calls}同样的 Token 重新计价：{cost} → {after}。</translation>
    </message>
    <message>
        <source>{budget}: no switch is enough</source>
        <translation>{budget}：怎么换都不够</translation>
    </message>
    <message>
        <source>{amount} too much</source>
        <translation>超出 {amount}</translation>
    </message>
    <message>
        <source>Without the calls on {models}, which it no longer uses.</source>
        <translation>不含已经不再用的 {models}。</translation>
    </message>
    <message>
        <source>{before} expected of {amount}, {after} with every switch. {function} costs the most.</source>
        <translation>预算 {amount}，预计 {before}；能换的全换了还要 {after}。{function}花得最多。</translation>
    </message>
    <message>
        <source>{calls} in {period} were recorded at {cost}, which nothing can be held against.</source>
        <translation>{period}有 {calls}，记录为 {cost}，没有价格可以核对。</translation>
    </message>
    <message>
        <source>Add its price to the price book.</source>
        <translation>在价目表里补上它的价格。</translation>
    </message>
    <message>
        <source>{calls} in {period} that the price book knows to be paid. Expect them on the provider&apos;s bill.</source>
        <translation>{period}有 {calls}，价目表里是收费的。服务商的账单上会有这笔钱。</translation>
    </message>
    <message>
        <source>{calls} in {period}: the records and the price book are {amount} apart. Compare both with the bill.</source>
        <translation>{period} {calls}：记录与价目表相差 {amount}。请对照账单。</translation>
    </message>
    <message>
        <source>Call less often, or ask the provider for a higher limit.</source>
        <translation>少调用一些，或向服务商申请更高的限额。</translation>
    </message>
    <message>
        <source>A shorter input or a quicker model fails less.</source>
        <translation>缩短输入或换更快的模型会少失败。</translation>
    </message>
    <message>
        <source>The list of failed calls tells what was answered.</source>
        <translation>失败列表里有具体的回答。</translation>
    </message>
    <message>
        <source>fails too often: {figures}</source>
        <translation>失败太多：{figures}</translation>
    </message>
    <message>
        <source>too slow: {figures}</source>
        <translation>太慢：{figures}</translation>
    </message>
    <message>
        <source>takes less input than your longest call ({n} tokens)</source>
        <translation>装不下你最长的一次调用（{n} Token）</translation>
    </message>
    <message>
        <source>made for something else</source>
        <translation>不是做这个用的</translation>
    </message>
    <message>
        <source>would not be cheaper</source>
        <translation>并不更便宜</translation>
    </message>
    <message>
        <source>too few calls to say: {calls}</source>
        <translation>调用太少，说不准：{calls}</translation>
    </message>
    <message>
        <source>what it costs now is not known</source>
        <translation>现在的费用未知</translation>
    </message>
    <message>
        <source>costs nothing as it is</source>
        <translation>现在就不花钱</translation>
    </message>
    <message>
        <source>no switch is enough, {amount} too much remains</source>
        <translation>怎么切换都不够，仍超出 {amount}</translation>
    </message>
    <message>
        <source>No calls in {period}, so there is nothing to advise on.</source>
        <translation>{period}没有调用，所以没有建议。</translation>
    </message>
    <message>
        <source>These calls do not say for what function they were, so none can be switched.</source>
        <translation>这些调用没有记录属于哪个功能，所以没有可以切换的。</translation>
    </message>
    <message>
        <source>Too few calls for advice: {calls} in {period}, and a function needs 20.</source>
        <translation>调用太少，还不能给建议：每个功能至少要 20 次，{period}只有 {calls}。</translation>
    </message>
    <message>
        <source>Nothing to save: what is cheaper did worse in your own calls.</source>
        <translation>没有可省的：更便宜的模型在你的调用里表现更差。</translation>
    </message>
    <message>
        <source>Nothing to save: every function uses the cheapest model that fits, and nothing is wasted.</source>
        <translation>没有可省的：每个功能都在用合适的模型里最便宜的，也没有浪费。</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>All others</source>
        <translation>其他所有功能</translation>
    </message>
    <message>
        <source>The gateway does not answer at {where}. Is the assistant running?</source>
        <translation>{where} 的网关没有回应。助手在运行吗？</translation>
    </message>
    <message>
        <source>The gateway at {where} did not answer in time.</source>
        <translation>{where} 的网关没有及时回答。</translation>
    </message>
    <message>
        <source>The gateway at {where} wants another token.</source>
        <translation>{where} 的网关需要正确的令牌。</translation>
    </message>
    <message>
        <source>{where} sends us somewhere else, which is not followed.</source>
        <translation>{where} 要我们转到别处，没有照做。</translation>
    </message>
    <message>
        <source>What {where} answered cannot be read.</source>
        <translation>{where} 的回答读不懂。</translation>
    </message>
    <message>
        <source>{where} is not the assistant&apos;s gateway.</source>
        <translation>{where} 不是助手的网关。</translation>
    </message>
    <message>
        <source>{where} is this program&apos;s own service, not the assistant&apos;s gateway.</source>
        <translation>{where} 是本程序自己的服务，不是助手的网关。</translation>
    </message>
    <message>
        <source>No provider of the gateway offers {detail}.</source>
        <translation>网关里没有服务商提供 {detail}。</translation>
    </message>
    <message>
        <source>The provider of {detail} is switched off in the assistant.</source>
        <translation>提供 {detail} 的服务商在助手里没有启用。</translation>
    </message>
    <message>
        <source>The gateway does not know {function}, so it cannot be switched there.</source>
        <translation>网关不认识{function}，所以不能在那里切换。</translation>
    </message>
    <message>
        <source>The gateway refused: {detail}</source>
        <translation>网关拒绝了：{detail}</translation>
    </message>
    <message>
        <source>In a demonstration nothing is switched.</source>
        <translation>演示时不会真的切换。</translation>
    </message>
    <message>
        <source>The gateway said yes but did something else.</source>
        <translation>网关说好了，做的却不一样。</translation>
    </message>
    <message>
        <source>The address of the gateway cannot be used: {where}</source>
        <translation>网关地址不能用：{where}</translation>
    </message>
    <message>
        <source>{function} uses {model} now</source>
        <translation>{function}现在用 {model}</translation>
    </message>
    <message>
        <source>Done and checked: {now}.</source>
        <translation>已切换并核实：{now}。</translation>
    </message>
    <message>
        <source>It was back already: {now}.</source>
        <translation>早已换回：{now}。</translation>
    </message>
    <message>
        <source>{problem} Whether it was switched is not known.</source>
        <translation>{problem}有没有切换成功还不知道。</translation>
    </message>
    <message>
        <source>{problem} Asked for: {asked}. True: {now}.</source>
        <translation>{problem}要求的是 {asked}，实际：{now}。</translation>
    </message>
    <message>
        <source>by the rule</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>by you</source>
        <translation>你</translation>
    </message>
    <message>
        <source>promised {amount} a day</source>
        <translation>预计每天省 {amount}</translation>
    </message>
    <message>
        <source>no calls on it yet</source>
        <translation>还没有调用</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>cost {cost} more while it held</source>
        <translation>期间多花了 {cost}</translation>
    </message>
    <message>
        <source>cost {cost} more a day</source>
        <translation>每天多花了 {cost}</translation>
    </message>
    <message>
        <source>cost {cost} more a day, promised to save {promised}</source>
        <translation>每天多花了 {cost}，原预计省 {promised}</translation>
    </message>
    <message>
        <source>saved {saved} while it held</source>
        <translation>期间共省 {saved}</translation>
    </message>
    <message>
        <source>saved {saved} a day</source>
        <translation>每天省了 {saved}</translation>
    </message>
    <message>
        <source>saved {saved} a day, promised {promised}</source>
        <translation>每天省了 {saved}，预计 {promised}</translation>
    </message>
    <message>
        <source>Automatic switching is off.</source>
        <translation>自动切换已关闭。</translation>
    </message>
    <message>
        <source>Switches by itself: past {amount} a day {cheap}, else {good}.</source>
        <translation>自动切换：每天超过 {amount} 用 {cheap}，否则用 {good}。</translation>
    </message>
    <message>
        <source>It waits: half an hour between two switches.</source>
        <translation>正在等：两次切换隔半小时。</translation>
    </message>
    <message>
        <source>It waits: a single call made the sum.</source>
        <translation>正在等：超出只因为一次调用。</translation>
    </message>
    <message>
        <source>It stays: the other model did badly in your calls.</source>
        <translation>不切换：另一个模型在你的调用里表现差。</translation>
    </message>
    <message>
        <source>You took it back, so it rests for today.</source>
        <translation>你撤销过，今天不再切换。</translation>
    </message>
    <message>
        <source>as it is ({models})</source>
        <translation>不变（{models}）</translation>
    </message>
    <message>
        <source>Model of {function}</source>
        <translation>{function}的模型</translation>
    </message>
    <message>
        <source> s</source>
        <translation> 秒</translation>
    </message>
    <message>
        <source>Seconds between two calls of {function}</source>
        <translation>{function}两次调用之间的秒数</translation>
    </message>
</context>
<context>
    <name>alerts</name>
    <message>
        <source>{cause}, {error}</source>
        <translation>{cause}，{error}</translation>
    </message>
    <message>
        <source>p95 {time} in the last {n} minutes, usually {usual}</source>
        <translation>最近 {n} 分钟 P95 {time}，平时 {usual}</translation>
    </message>
    <message>
        <source>Answers have become slow</source>
        <translation>回答变慢了</translation>
    </message>
    <message>
        <source>{calls} in {n} minutes, usually {usual}: {function}, {cost}</source>
        <translation>{n} 分钟内 {calls}，平时 {usual} 次：{function}，{cost}</translation>
    </message>
    <message>
        <source>Far more calls than usual</source>
        <translation>调用远多于平时</translation>
    </message>
    <message>
        <source>no call since {time}, although a stream is on</source>
        <translation>直播中，但 {time} 之后没有调用</translation>
    </message>
    <message>
        <source>The assistant has been silent for {n} minutes</source>
        <translation>助手已 {n} 分钟没有调用</translation>
    </message>
    <message>
        <source>Open the window</source>
        <translation>打开窗口</translation>
    </message>
    <message>
        <source>A call was unusually expensive</source>
        <translation>有一次调用异常贵</translation>
    </message>
    <message>
        <source>{calls} were unusually expensive</source>
        <translation>{calls}异常贵</translation>
    </message>
    <message>
        <source>Switched to {model} automatically</source>
        <translation>已自动切换到 {model}</translation>
    </message>
    <message>
        <source>today cost {spent}, more than {amount}; before: {models}</source>
        <translation>今天花了 {spent}，超过 {amount}；之前用 {models}</translation>
    </message>
    <message>
        <source>today cost {spent}, not more than {amount}; before: {models}</source>
        <translation>今天花了 {spent}，没有超过 {amount}；之前用 {models}</translation>
    </message>
    <message>
        <source>Something happened: {kind}</source>
        <translation>发生了：{kind}</translation>
    </message>
    <message>
        <source>Show the calls</source>
        <translation>查看这些调用</translation>
    </message>
    <message>
        <source>Budget exceeded: {limit}</source>
        <translation>超出预算：{limit}</translation>
    </message>
    <message>
        <source>{percent} % of the budget is used: {limit}</source>
        <translation>预算已用 {percent} %：{limit}</translation>
    </message>
    <message>
        <source>The budget will not last: {limit}</source>
        <translation>预算预计不够用：{limit}</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>以及另外 {n} 个</translation>
    </message>
    <message>
        <source>this happened while the program was closed</source>
        <translation>发生在程序关闭期间</translation>
    </message>
    <message>
        <source>{name}: {spent} used, gone at {time}</source>
        <translation>{name}：已用 {spent}，{time} 用完</translation>
    </message>
    <message>
        <source>{name}: {spent} used, {end} expected</source>
        <translation>{name}：已用 {spent}，预计 {end}</translation>
    </message>
    <message>
        <source>{spent} of {amount}</source>
        <translation>{spent} / {amount}</translation>
    </message>
    <message>
        <source>{name}: {spent} used</source>
        <translation>{name}：已用 {spent}</translation>
    </message>
    <message>
        <source>{failed} of {calls} in the last {n} minutes</source>
        <translation>最近 {n} 分钟 {calls}中失败 {failed} 次</translation>
    </message>
    <message>
        <source>Calls fail: success rate {rate}</source>
        <translation>调用失败增多：成功率 {rate}</translation>
    </message>
    <message>
        <source>Show the failed calls</source>
        <translation>查看失败的调用</translation>
    </message>
    <message>
        <source>Seen for the first time: model {names}</source>
        <translation>首次出现的模型：{names}</translation>
    </message>
    <message>
        <source>Seen for the first time: user {names}</source>
        <translation>首次出现的用户：{names}</translation>
    </message>
    <message>
        <source>Seen for the first time: anchor {names}</source>
        <translation>首次出现的主播：{names}</translation>
    </message>
</context>
<context>
    <name>audit</name>
    <message>
        <source>price book</source>
        <translation>价目表</translation>
    </message>
    <message>
        <source>as in the price book</source>
        <translation>与价目表一致</translation>
    </message>
    <message>
        <source>1 model to check</source>
        <translation>1 个模型待核对</translation>
    </message>
    <message>
        <source>{n} models to check</source>
        <translation>{n} 个模型待核对</translation>
    </message>
    <message>
        <source>recorded at ¥0, the price book says {price}: {apart} not shown in {calls}</source>
        <translation>记为 ¥0，价目表是 {price}：{calls}调用共有 {apart} 没有显示</translation>
    </message>
    <message>
        <source>{calls} older than its first price of {day}</source>
        <translation>{calls}调用早于它的第一个价格（{day}）</translation>
    </message>
    <message>
        <source>{calls} without a readable cost: the price book says {apart} more</source>
        <translation>{calls}调用的费用读不出：按价目表还要加 {apart}</translation>
    </message>
    <message>
        <source>{calls} of unknown tokens, which the price book counts as 0</source>
        <translation>{calls}调用的 Token 数未知，价目表按 0 算</translation>
    </message>
    <message>
        <source>; </source>
        <translation>；</translation>
    </message>
    <message>
        <source>no price in the book: what {calls} really cost is not known</source>
        <translation>价目表里没有，{calls}调用实际花了多少不知道</translation>
    </message>
    <message>
        <source>{calls} recorded in {currency}: {recorded} is {in_cny}, the price book says {book}</source>
        <translation>{calls}调用按 {currency} 记录：{recorded} 合 {in_cny}，价目表算出 {book}</translation>
    </message>
    <message>
        <source>rounded when it was recorded</source>
        <translation>记录时四舍五入了</translation>
    </message>
    <message>
        <source>recorded {apart} too low, in {calls}</source>
        <translation>{calls}调用共少记 {apart}</translation>
    </message>
    <message>
        <source>recorded {apart} too high, in {calls}</source>
        <translation>{calls}调用共多记 {apart}</translation>
    </message>
</context>
<context>
    <name>budgets</name>
    <message>
        <source>fine</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>预警</translation>
    </message>
    <message>
        <source>over</source>
        <translation>超支</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>no budget</source>
        <translation>未设预算</translation>
    </message>
    <message>
        <source>no data yet</source>
        <translation>暂无数据</translation>
    </message>
    <message>
        <source>all calls</source>
        <translation>全部调用</translation>
    </message>
    <message>
        <source>the current stream</source>
        <translation>本场直播</translation>
    </message>
    <message>
        <source>{amount} a day</source>
        <translation>每天 {amount}</translation>
    </message>
    <message>
        <source>{amount} a week</source>
        <translation>每周 {amount}</translation>
    </message>
    <message>
        <source>{amount} a month</source>
        <translation>每月 {amount}</translation>
    </message>
    <message>
        <source>{amount} a stream</source>
        <translation>每场 {amount}</translation>
    </message>
    <message>
        <source>tomorrow {time}</source>
        <translation>明天 {time}</translation>
    </message>
    <message>
        <source>budget of {amount} paused</source>
        <translation>预算 {amount} 已暂停</translation>
    </message>
    <message>
        <source>budget {amount}, no data yet</source>
        <translation>预算 {amount}，暂无数据</translation>
    </message>
    <message>
        <source>budget {amount}</source>
        <translation>预算 {amount}</translation>
    </message>
    <message>
        <source>{more} over the budget of {amount}</source>
        <translation>比预算 {amount} 多花 {more}</translation>
    </message>
    <message>
        <source>{more} over {amount}</source>
        <translation>比 {amount} 多花 {more}</translation>
    </message>
    <message>
        <source>at this pace {amount} is gone at {time}</source>
        <translation>按当前速度 {time} 用完 {amount}</translation>
    </message>
    <message>
        <source>{amount} gone at {time}</source>
        <translation>{time} 用完 {amount}</translation>
    </message>
    <message>
        <source>at this pace {end} of {amount} in the end</source>
        <translation>按当前速度共用 {end} / {amount}</translation>
    </message>
    <message>
        <source>about {end} of {amount}</source>
        <translation>预计 {end} / {amount}</translation>
    </message>
    <message>
        <source>{share} of {amount} used</source>
        <translation>已用 {amount} 的 {share}</translation>
    </message>
    <message>
        <source>{share} of {amount}</source>
        <translation>{amount} 的 {share}</translation>
    </message>
    <message>
        <source>{spent} used, {share}</source>
        <translation>已用 {spent}，{share}</translation>
    </message>
    <message>
        <source>expected {end} in the end, four times of five {low} to {high}</source>
        <translation>预计共 {end}，五次中四次在 {low} 到 {high}</translation>
    </message>
    <message>
        <source>estimated from your own hours and weekdays</source>
        <translation>按你自己的时段和星期规律估计</translation>
    </message>
    <message>
        <source>estimated as if the last hour went on</source>
        <translation>按最近一小时的速度估计</translation>
    </message>
    <message>
        <source>{calls} without a price are not in it</source>
        <translation>未定价的 {calls}未计入</translation>
    </message>
</context>
<context>
    <name>channels</name>
    <message>
        <source>DingTalk</source>
        <translation>钉钉</translation>
    </message>
    <message>
        <source>Feishu</source>
        <translation>飞书</translation>
    </message>
    <message>
        <source>WeCom</source>
        <translation>企业微信</translation>
    </message>
    <message>
        <source>Bark</source>
        <translation>Bark</translation>
    </message>
    <message>
        <source>E-mail</source>
        <translation>邮件</translation>
    </message>
    <message>
        <source>Another service</source>
        <translation>其他服务</translation>
    </message>
    <message>
        <source>In the group: settings, robots, add a custom robot. Choose signing, or the keyword TipMao.</source>
        <translation>群设置、机器人、添加自定义机器人。安全设置选加签，或填关键词 TipMao。</translation>
    </message>
    <message>
        <source>In the group: settings, bots, add a custom bot. Without signing; the keyword may be TipMao.</source>
        <translation>群设置、群机器人、添加自定义机器人。不要选签名校验，关键词可以填 TipMao。</translation>
    </message>
    <message>
        <source>In the group: message push, add a robot, copy its webhook.</source>
        <translation>群里选消息推送，添加机器人，复制 Webhook 地址。</translation>
    </message>
    <message>
        <source>Copy the address that the Bark app shows on your phone.</source>
        <translation>复制手机上 Bark 里显示的地址。</translation>
    </message>
    <message>
        <source>Most mail services want an authorisation code instead of the password.</source>
        <translation>多数邮箱要填授权码，不是登录密码。</translation>
    </message>
    <message>
        <source>Any address that apprise knows, such as tgram://, ntfy:// or schan://.</source>
        <translation>apprise 支持的任何地址，例如 tgram://、ntfy://、schan://。</translation>
    </message>
    <message>
        <source>Webhook</source>
        <translation>Webhook 地址</translation>
    </message>
    <message>
        <source>Signing secret, if chosen</source>
        <translation>加签密钥（选了加签才填）</translation>
    </message>
    <message>
        <source>Your mail address</source>
        <translation>你的邮箱</translation>
    </message>
    <message>
        <source>Authorisation code</source>
        <translation>授权码</translation>
    </message>
    <message>
        <source>To, if not to yourself</source>
        <translation>收件人（不填就发给自己）</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>such as https://oapi.dingtalk.com/robot/send?access_token=…</source>
        <translation>例如 https://oapi.dingtalk.com/robot/send?access_token=…</translation>
    </message>
    <message>
        <source>letters and digits, beginning with SEC</source>
        <translation>以 SEC 开头的字母和数字</translation>
    </message>
    <message>
        <source>such as https://open.feishu.cn/open-apis/bot/v2/hook/…</source>
        <translation>例如 https://open.feishu.cn/open-apis/bot/v2/hook/…</translation>
    </message>
    <message>
        <source>such as https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…</source>
        <translation>例如 https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…</translation>
    </message>
    <message>
        <source>such as https://api.day.app/…</source>
        <translation>例如 https://api.day.app/…</translation>
    </message>
    <message>
        <source>an address such as me@qq.com</source>
        <translation>邮箱地址，例如 me@qq.com</translation>
    </message>
    <message>
        <source>addresses, separated by commas</source>
        <translation>邮箱地址，用逗号分开</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>必填</translation>
    </message>
    <message>
        <source>such as tgram://…</source>
        <translation>例如 tgram://…</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>被拒绝</translation>
    </message>
    <message>
        <source>cannot be reached</source>
        <translation>连不上</translation>
    </message>
    <message>
        <source>does not answer</source>
        <translation>没有回应</translation>
    </message>
    <message>
        <source>busy</source>
        <translation>对方太忙</translation>
    </message>
    <message>
        <source>answers what nobody understands</source>
        <translation>返回的内容看不懂</translation>
    </message>
    <message>
        <source>has no usable address</source>
        <translation>没有可用的地址</translation>
    </message>
    <message>
        <source>needs the extra package</source>
        <translation>需要另外安装</translation>
    </message>
    <message>
        <source>{what}: {reason}</source>
        <translation>{what}：{reason}</translation>
    </message>
    <message>
        <source>again at {time}</source>
        <translation>{time} 再试</translation>
    </message>
</context>
<context>
    <name>numbers</name>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>{name}: {text}</source>
        <translation>{name}：{text}</translation>
    </message>
    <message>
        <source>{title}, book</source>
        <translation>{title}·价目表</translation>
    </message>
    <message>
        <source>{title} by the price book</source>
        <translation>{title}（按价目表）</translation>
    </message>
    <message>
        <source>1 call</source>
        <translation>1 次</translation>
    </message>
    <message>
        <source>{n} calls</source>
        <translation>{n} 次</translation>
    </message>
    <message>
        <source>1 line</source>
        <translation>1 行</translation>
    </message>
    <message>
        <source>{n} lines</source>
        <translation>{n} 行</translation>
    </message>
    <message>
        <source>1 file</source>
        <translation>1 个文件</translation>
    </message>
    <message>
        <source>{n} files</source>
        <translation>{n} 个文件</translation>
    </message>
    <message>
        <source>1 token</source>
        <translation>1 Token</translation>
    </message>
    <message>
        <source>{n} tokens</source>
        <translation>{n} Token</translation>
    </message>
    <message>
        <source>the same</source>
        <translation>持平</translation>
    </message>
    <message>
        <source>{n} % more</source>
        <translation>多 {n}%</translation>
    </message>
    <message>
        <source>{n} % less</source>
        <translation>少 {n}%</translation>
    </message>
    <message>
        <source>{n} s ago</source>
        <translation>{n} 秒前</translation>
    </message>
    <message>
        <source>{n} min ago</source>
        <translation>{n} 分钟前</translation>
    </message>
    <message>
        <source>{n} h ago</source>
        <translation>{n} 小时前</translation>
    </message>
    <message>
        <source>{n} days ago</source>
        <translation>{n} 天前</translation>
    </message>
    <message>
        <source>free</source>
        <translation>免费</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>(not recorded)</source>
        <translation>（未记录）</translation>
    </message>
    <message>
        <source>Live analysis</source>
        <translation>实时分析</translation>
    </message>
    <message>
        <source>Style profile</source>
        <translation>风格画像与氛围分析</translation>
    </message>
    <message>
        <source>Script writing</source>
        <translation>话术生成</translation>
    </message>
    <message>
        <source>Live review</source>
        <translation>直播复盘</translation>
    </message>
    <message>
        <source>Chat focus</source>
        <translation>聊天焦点摘要</translation>
    </message>
    <message>
        <source>Topic ideas</source>
        <translation>智能话题生成</translation>
    </message>
    <message>
        <source>Q&amp;A</source>
        <translation>问答</translation>
    </message>
    <message>
        <source>Live question</source>
        <translation>直播问答</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Function</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Anchor</source>
        <translation>主播</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>场次</translation>
    </message>
    <message>
        <source>no reason given</source>
        <translation>没写原因</translation>
    </message>
    <message>
        <source>another reason</source>
        <translation>其他原因</translation>
    </message>
    <message>
        <source>429 rate limit</source>
        <translation>429 限流</translation>
    </message>
    <message>
        <source>timeout</source>
        <translation>超时</translation>
    </message>
    <message>
        <source>no connection</source>
        <translation>连不上</translation>
    </message>
    <message>
        <source>key refused</source>
        <translation>密钥被拒</translation>
    </message>
    <message>
        <source>account empty</source>
        <translation>余额不足</translation>
    </message>
    <message>
        <source>provider error</source>
        <translation>服务商出错</translation>
    </message>
</context>
<context>
    <name>prices</name>
    <message>
        <source>{inward}/1K in, {outward}/1K out</source>
        <translation>输入 {inward}/1K，输出 {outward}/1K</translation>
    </message>
    <message>
        <source>first {n} in free</source>
        <translation>前 {n} 输入免费</translation>
    </message>
    <message>
        <source>over {n}: {inward} / {outward}</source>
        <translation>超过 {n}：{inward} / {outward}</translation>
    </message>
    <message>
        <source>Model, as recorded</source>
        <translation>模型（记录里的名称）</translation>
    </message>
    <message>
        <source>Shown as</source>
        <translation>显示名称</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>厂商</translation>
    </message>
    <message>
        <source>Good for</source>
        <translation>推荐场景</translation>
    </message>
    <message>
        <source>Currency</source>
        <translation>币种</translation>
    </message>
    <message>
        <source>Input, per 1K tokens</source>
        <translation>输入，每 1K Token</translation>
    </message>
    <message>
        <source>Output, per 1K tokens</source>
        <translation>输出，每 1K Token</translation>
    </message>
    <message>
        <source>Free input tokens a call</source>
        <translation>每次免费的输入 Token</translation>
    </message>
    <message>
        <source>Long calls (over: in / out)</source>
        <translation>长调用（超过：输入 / 输出）</translation>
    </message>
    <message>
        <source>Other names of it</source>
        <translation>它的其他名称</translation>
    </message>
    <message>
        <source>From this day on</source>
        <translation>从哪天起</translation>
    </message>
    <message>
        <source>Where it is from</source>
        <translation>出处</translation>
    </message>
    <message>
        <source>Checked on</source>
        <translation>核对日期</translation>
    </message>
    <message>
        <source>Besides</source>
        <translation>附加</translation>
    </message>
    <message>
        <source>CNY for one</source>
        <translation>合人民币</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Input /1K</source>
        <translation>输入 /1K</translation>
    </message>
    <message>
        <source>Output /1K</source>
        <translation>输出 /1K</translation>
    </message>
    <message>
        <source>From</source>
        <translation>起始</translation>
    </message>
    <message>
        <source>Checked</source>
        <translation>核对</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>出处</translation>
    </message>
    <message>
        <source>assistant&apos;s own table</source>
        <translation>直播助手自带的价格</translation>
    </message>
    <message>
        <source>fixed rate of the program until you add a row</source>
        <translation>程序的固定汇率，可自行添加</translation>
    </message>
    <message>
        <source>guide {version}</source>
        <translation>指南 {version}</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>必填</translation>
    </message>
    <message>
        <source>not a name</source>
        <translation>不是名称</translation>
    </message>
    <message>
        <source>three letters, such as CNY or USD</source>
        <translation>三个字母，如 CNY 或 USD</translation>
    </message>
    <message>
        <source>a number such as 0.004, up to 9 places</source>
        <translation>数字，如 0.004，最多 9 位小数</translation>
    </message>
    <message>
        <source>a whole number of tokens</source>
        <translation>Token 数，整数</translation>
    </message>
    <message>
        <source>a day such as 2025-10-26</source>
        <translation>日期，如 2025-10-26</translation>
    </message>
    <message>
        <source>such as 32000: 0.01 / 0.03</source>
        <translation>如 32000: 0.01 / 0.03</translation>
    </message>
    <message>
        <source>the smaller number first, each only once</source>
        <translation>从小到大，每个只写一次</translation>
    </message>
    <message>
        <source>you have a row from this day already</source>
        <translation>你已经有从这天起的一条</translation>
    </message>
    <message>
        <source>add its exchange rate first</source>
        <translation>先添加它的汇率</translation>
    </message>
    <message>
        <source>one of them belongs to another model of yours</source>
        <translation>其中一个已属于你的另一个模型</translation>
    </message>
    <message>
        <source>CNY needs no rate</source>
        <translation>人民币不需要汇率</translation>
    </message>
    <message>
        <source>more than 0</source>
        <translation>要大于 0</translation>
    </message>
    <message>
        <source>high quality</source>
        <translation>高质量任务</translation>
    </message>
    <message>
        <source>best answers</source>
        <translation>高质量</translation>
    </message>
    <message>
        <source>complex reasoning</source>
        <translation>复杂推理</translation>
    </message>
    <message>
        <source>balanced</source>
        <translation>平衡性能</translation>
    </message>
    <message>
        <source>multimodal</source>
        <translation>多模态</translation>
    </message>
    <message>
        <source>everyday</source>
        <translation>日常使用</translation>
    </message>
    <message>
        <source>long texts</source>
        <translation>长文本</translation>
    </message>
    <message>
        <source>quick answers</source>
        <translation>快速响应</translation>
    </message>
    <message>
        <source>simple tasks</source>
        <translation>简单任务</translation>
    </message>
    <message>
        <source>good value</source>
        <translation>经济实惠</translation>
    </message>
    <message>
        <source>economy</source>
        <translation>经济型</translation>
    </message>
    <message>
        <source>cheapest</source>
        <translation>极致省钱</translation>
    </message>
    <message>
        <source>free trial</source>
        <translation>免费试用</translation>
    </message>
    <message>
        <source>code</source>
        <translation>代码生成</translation>
    </message>
    <message>
        <source>always</source>
        <translation>一直</translation>
    </message>
    <message>
        <source>yours: {source}</source>
        <translation>你的：{source}</translation>
    </message>
</context>
<context>
    <name>reasons</name>
    <message>
        <source>a byte order mark was cut off</source>
        <translation>去掉了字节顺序标记</translation>
    </message>
    <message>
        <source>NUL bytes were cut off</source>
        <translation>去掉了 NUL 字节</translation>
    </message>
    <message>
        <source>two records on one line</source>
        <translation>一行里有两条记录</translation>
    </message>
    <message>
        <source>a whole record behind a torn one</source>
        <translation>残缺记录后面有一条完整的</translation>
    </message>
    <message>
        <source>time in milliseconds or microseconds</source>
        <translation>时间写成了毫秒或微秒</translation>
    </message>
    <message>
        <source>time written as text</source>
        <translation>时间写成了文字</translation>
    </message>
    <message>
        <source>time unreadable, counted under the file&apos;s date</source>
        <translation>时间读不出，按文件日期计入</translation>
    </message>
    <message>
        <source>a name that is no text</source>
        <translation>名称不是文字</translation>
    </message>
    <message>
        <source>a name that is too long, cut</source>
        <translation>名称太长，已截断</translation>
    </message>
    <message>
        <source>tokens written as text or fraction</source>
        <translation>Token 写成了文字或小数</translation>
    </message>
    <message>
        <source>tokens unknown</source>
        <translation>Token 数未知</translation>
    </message>
    <message>
        <source>total tokens did not add up</source>
        <translation>Token 总数对不上</translation>
    </message>
    <message>
        <source>cost unreadable</source>
        <translation>费用读不出</translation>
    </message>
    <message>
        <source>duration unreadable</source>
        <translation>耗时读不出</translation>
    </message>
    <message>
        <source>success not written as true or false</source>
        <translation>成败没有写成 true 或 false</translation>
    </message>
    <message>
        <source>last line without a line end</source>
        <translation>最后一行没有换行</translation>
    </message>
    <message>
        <source>not JSON</source>
        <translation>不是 JSON</translation>
    </message>
    <message>
        <source>not a JSON object</source>
        <translation>不是 JSON 对象</translation>
    </message>
    <message>
        <source>not a usage record</source>
        <translation>不是使用记录</translation>
    </message>
    <message>
        <source>not UTF-8 text</source>
        <translation>不是 UTF-8 文本</translation>
    </message>
    <message>
        <source>UTF-16 text</source>
        <translation>UTF-16 文本</translation>
    </message>
    <message>
        <source>line too long</source>
        <translation>这一行太长</translation>
    </message>
    <message>
        <source>nested too deep</source>
        <translation>嵌套太深</translation>
    </message>
    <message>
        <source>torn off in the middle</source>
        <translation>写到一半断了</translation>
    </message>
    <message>
        <source>compressed file ends too early</source>
        <translation>压缩文件不完整</translation>
    </message>
</context>
<context>
    <name>report</name>
    <message>
        <source>Contents</source>
        <translation>目录</translation>
    </message>
    <message>
        <source>Page {n} of {all}</source>
        <translation>第 {n} 页，共 {all} 页</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>Cost by hour</source>
        <translation>每小时费用</translation>
    </message>
    <message>
        <source>Cost by day</source>
        <translation>每日费用</translation>
    </message>
    <message>
        <source>Calls</source>
        <translation>调用次数</translation>
    </message>
    <message>
        <source>Calls by hour of day</source>
        <translation>各时段调用次数</translation>
    </message>
    <message>
        <source>AI usage report</source>
        <translation>AI 使用报告</translation>
    </message>
    <message>
        <source>Statement by anchor</source>
        <translation>主播对账单</translation>
    </message>
    <message>
        <source>{days} ({zone})</source>
        <translation>{days}（{zone}）</translation>
    </message>
    <message>
        <source>Made {time}</source>
        <translation>生成于 {time}</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>合计</translation>
    </message>
    <message>
        <source>By day</source>
        <translation>按天</translation>
    </message>
    <message>
        <source>By hour of day</source>
        <translation>按时段</translation>
    </message>
    <message>
        <source>By model</source>
        <translation>按模型</translation>
    </message>
    <message>
        <source>By function</source>
        <translation>按功能</translation>
    </message>
    <message>
        <source>By user</source>
        <translation>按用户</translation>
    </message>
    <message>
        <source>By anchor</source>
        <translation>按主播</translation>
    </message>
    <message>
        <source>By stream</source>
        <translation>按场次</translation>
    </message>
    <message>
        <source>Slow calls</source>
        <translation>慢调用</translation>
    </message>
    <message>
        <source>Failed calls</source>
        <translation>失败的调用</translation>
    </message>
    <message>
        <source>Unusually expensive calls</source>
        <translation>异常高费用的调用</translation>
    </message>
    <message>
        <source>Why calls failed</source>
        <translation>失败原因</translation>
    </message>
    <message>
        <source>Budgets</source>
        <translation>预算</translation>
    </message>
    <message>
        <source>Recorded against the price book</source>
        <translation>记录与价目表对比</translation>
    </message>
    <message>
        <source>What was read</source>
        <translation>读取情况</translation>
    </message>
    <message>
        <source>All calls</source>
        <translation>全部调用</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Hour</source>
        <translation>小时</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Function</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>Function as recorded</source>
        <translation>功能（原文）</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Anchor</source>
        <translation>主播</translation>
    </message>
    <message>
        <source>Stream</source>
        <translation>场次</translation>
    </message>
    <message>
        <source>Succeeded</source>
        <translation>成功</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Input tokens</source>
        <translation>输入 Token</translation>
    </message>
    <message>
        <source>Output tokens</source>
        <translation>输出 Token</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Cost ¥</source>
        <translation>费用 ¥</translation>
    </message>
    <message>
        <source>As written</source>
        <translation>原始记录</translation>
    </message>
    <message>
        <source>Recorded ¥</source>
        <translation>记录 ¥</translation>
    </message>
    <message>
        <source>Price book ¥</source>
        <translation>价目表 ¥</translation>
    </message>
    <message>
        <source>Difference ¥</source>
        <translation>差额 ¥</translation>
    </message>
    <message>
        <source>¥ a call</source>
        <translation>¥/次</translation>
    </message>
    <message>
        <source>Cost unknown</source>
        <translation>费用未知</translation>
    </message>
    <message>
        <source>Tokens unknown</source>
        <translation>Token 未知</translation>
    </message>
    <message>
        <source>Duration ms</source>
        <translation>耗时 ms</translation>
    </message>
    <message>
        <source>Rank by cost</source>
        <translation>费用排名</translation>
    </message>
    <message>
        <source>Rank by tokens</source>
        <translation>Token 排名</translation>
    </message>
    <message>
        <source>First call</source>
        <translation>首次调用</translation>
    </message>
    <message>
        <source>Last call</source>
        <translation>末次调用</translation>
    </message>
    <message>
        <source>Live hours</source>
        <translation>直播小时</translation>
    </message>
    <message>
        <source>¥ a live hour</source>
        <translation>¥/直播小时</translation>
    </message>
    <message>
        <source>Success</source>
        <translation>成功率</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Advice</source>
        <translation>省钱建议</translation>
    </message>
    <message>
        <source>Remarks</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Budget</source>
        <translation>预算</translation>
    </message>
    <message>
        <source>Of what</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>Period</source>
        <translation>周期</translation>
    </message>
    <message>
        <source>Amount ¥</source>
        <translation>金额 ¥</translation>
    </message>
    <message>
        <source>Spent ¥</source>
        <translation>已用 ¥</translation>
    </message>
    <message>
        <source>Percent</source>
        <translation>百分比</translation>
    </message>
    <message>
        <source>Forecast ¥</source>
        <translation>预计 ¥</translation>
    </message>
    <message>
        <source>Used up at</source>
        <translation>用完时间</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Model now</source>
        <translation>现用模型</translation>
    </message>
    <message>
        <source>Model instead</source>
        <translation>改用模型</translation>
    </message>
    <message>
        <source>Cost then ¥</source>
        <translation>之后费用 ¥</translation>
    </message>
    <message>
        <source>¥ saved a day</source>
        <translation>每天省 ¥</translation>
    </message>
    <message>
        <source>¥ saved a month</source>
        <translation>每月省 ¥</translation>
    </message>
    <message>
        <source>What</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Count</source>
        <translation>数量</translation>
    </message>
    <message>
        <source>no time</source>
        <translation>无时间</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>There are no calls in this period.</source>
        <translation>这段时间没有调用。</translation>
    </message>
    <message>
        <source>{average} a day on average over {days} days.</source>
        <translation>{days} 天日均 {average}。</translation>
    </message>
    <message>
        <source>Cost against the same time before: {change} (¥{before}).</source>
        <translation>费用与之前同等时段相比：{change}（¥{before}）。</translation>
    </message>
    <message>
        <source>The largest part is {model} with {share} of the cost.</source>
        <translation>占比最大的是 {model}，占费用的 {share}。</translation>
    </message>
    <message>
        <source>Most calls are made between {hour}:00 and {hour}:59.</source>
        <translation>调用最多的时段是 {hour}:00 到 {hour}:59。</translation>
    </message>
    <message>
        <source>The budget {name} is broken: ¥{spent} of ¥{amount}.</source>
        <translation>预算“{name}”已超出：¥{spent} / ¥{amount}。</translation>
    </message>
    <message>
        <source>Not in the sum: 1 call without a readable cost and without a price.</source>
        <translation>另有 1 次调用费用读不出、也没有价格，未计入合计。</translation>
    </message>
    <message>
        <source>Not in the sum: {n} calls without a readable cost and without a price.</source>
        <translation>另有 {n} 次调用费用读不出、也没有价格，未计入合计。</translation>
    </message>
    <message>
        <source>1 line in the folder is no usage record and was skipped.</source>
        <translation>文件夹里有 1 行不是使用记录，已跳过。</translation>
    </message>
    <message>
        <source>{n} lines in the folder are no usage records and were skipped.</source>
        <translation>文件夹里有 {n} 行不是使用记录，已跳过。</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>{n} failed</source>
        <translation>失败 {n} 次</translation>
    </message>
    <message>
        <source>{i} in, {o} out</source>
        <translation>输入 {i}，输出 {o}</translation>
    </message>
    <message>
        <source>{n} slow</source>
        <translation>慢 {n} 次</translation>
    </message>
    <message>
        <source>{shown} of {total} are shown.</source>
        <translation>共 {total} 条，显示 {shown} 条。</translation>
    </message>
    <message>
        <source>Live hours are the time between calls, without pauses over 30 minutes.</source>
        <translation>直播小时按相邻调用之间的时间累计，超过 30 分钟的停顿不算。</translation>
    </message>
    <message>
        <source>Cost more than the average of their function and twice its standard deviation.</source>
        <translation>费用高于该功能平均值加两倍标准差。</translation>
    </message>
    <message>
        <source>As written: in the currency of the records. The others are in CNY.</source>
        <translation>“原始记录”按记录中的币种，其余为人民币。</translation>
    </message>
    <message>
        <source>Each in its own period, whatever the period of this report.</source>
        <translation>各按自己的周期，与本报告的时段无关。</translation>
    </message>
    <message>
        <source>Of the whole folder, whatever the period.</source>
        <translation>针对整个文件夹，与时段无关。</translation>
    </message>
    <message>
        <source>Past ¥{amount} a day: {model}</source>
        <translation>每天超过 ¥{amount}：改用 {model}</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>未超</translation>
    </message>
    <message>
        <source>close</source>
        <translation>接近</translation>
    </message>
    <message>
        <source>broken</source>
        <translation>超出</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>day</source>
        <translation>每天</translation>
    </message>
    <message>
        <source>week</source>
        <translation>每周</translation>
    </message>
    <message>
        <source>month</source>
        <translation>每月</translation>
    </message>
    <message>
        <source>stream</source>
        <translation>每场</translation>
    </message>
    <message>
        <source>no price in the price book</source>
        <translation>价目表里没有价格</translation>
    </message>
    <message>
        <source>older than the first price</source>
        <translation>早于最早的价格</translation>
    </message>
    <message>
        <source>recorded as 0</source>
        <translation>记为 0</translation>
    </message>
    <message>
        <source>recorded in another currency</source>
        <translation>以其他币种记录</translation>
    </message>
    <message>
        <source>cost unreadable</source>
        <translation>费用读不出</translation>
    </message>
    <message>
        <source>rounded when recorded</source>
        <translation>记录时四舍五入</translation>
    </message>
    <message>
        <source>recorded at another price</source>
        <translation>按别的价格记录</translation>
    </message>
    <message>
        <source>files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>lines</source>
        <translation>行</translation>
    </message>
    <message>
        <source>calls counted</source>
        <translation>计入的调用</translation>
    </message>
    <message>
        <source>of them with a part that needed care</source>
        <translation>其中有部分内容需特别处理</translation>
    </message>
    <message>
        <source>lines skipped</source>
        <translation>跳过的行</translation>
    </message>
    <message>
        <source>blank bytes</source>
        <translation>空白字节</translation>
    </message>
    <message>
        <source>bytes waiting for the end of their line</source>
        <translation>等待行尾的字节</translation>
    </message>
</context>
<context>
    <name>settings</name>
    <message>
        <source>Folders with usage records</source>
        <translation>记录文件夹</translation>
    </message>
    <message>
        <source>Time zone</source>
        <translation>时区</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>A call is slow from</source>
        <translation>超过多久算慢</translation>
    </message>
    <message>
        <source>A stream ends after a pause of</source>
        <translation>停多久算一场直播结束</translation>
    </message>
    <message>
        <source>Many calls fail</source>
        <translation>失败变多</translation>
    </message>
    <message>
        <source>Success rate below</source>
        <translation>成功率低于</translation>
    </message>
    <message>
        <source>Calls get slower</source>
        <translation>变慢</translation>
    </message>
    <message>
        <source>p95 latency above the usual, times</source>
        <translation>p95 延迟是平时的几倍</translation>
    </message>
    <message>
        <source>A model is used for the first time</source>
        <translation>第一次用到的模型</translation>
    </message>
    <message>
        <source>A user is seen for the first time</source>
        <translation>第一次出现的用户</translation>
    </message>
    <message>
        <source>An anchor is seen for the first time</source>
        <translation>第一次出现的主播</translation>
    </message>
    <message>
        <source>Far more calls than usual</source>
        <translation>调用远多于平时</translation>
    </message>
    <message>
        <source>Calls above the usual, times</source>
        <translation>调用是平时的几倍</translation>
    </message>
    <message>
        <source>The assistant falls silent</source>
        <translation>助手没有动静</translation>
    </message>
    <message>
        <source>Minutes without a call</source>
        <translation>几分钟没有调用</translation>
    </message>
    <message>
        <source>A call is unusually dear</source>
        <translation>单次费用异常</translation>
    </message>
    <message>
        <source>Standard deviations above the mean</source>
        <translation>高出平均几个标准差</translation>
    </message>
    <message>
        <source>A sound with each alert</source>
        <translation>提醒时响声</translation>
    </message>
    <message>
        <source>Quiet hours</source>
        <translation>免打扰时段</translation>
    </message>
    <message>
        <source>From</source>
        <translation>从</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>到</translation>
    </message>
    <message>
        <source>The assistant&apos;s gateway</source>
        <translation>助手的网关</translation>
    </message>
    <message>
        <source>Port of the gateway</source>
        <translation>网关端口</translation>
    </message>
    <message>
        <source>Web page and HTTP API on this computer</source>
        <translation>网页面板和 HTTP API（仅本机）</translation>
    </message>
    <message>
        <source>Port of the web page</source>
        <translation>网页面板的端口</translation>
    </message>
    <message>
        <source>Switch the model by today&apos;s cost</source>
        <translation>按今天的费用自动切换模型</translation>
    </message>
    <message>
        <source>Today&apos;s cost above</source>
        <translation>今天的费用超过</translation>
    </message>
    <message>
        <source>Then use</source>
        <translation>就改用</translation>
    </message>
    <message>
        <source>Before that use</source>
        <translation>没超过时用</translation>
    </message>
    <message>
        <source>Only for these functions</source>
        <translation>只对这些功能</translation>
    </message>
    <message>
        <source>None: records/ai_usage where the program was started.</source>
        <translation>不填就用启动位置下的 records/ai_usage。</translation>
    </message>
    <message>
        <source>In which a day begins and ends.</source>
        <translation>一天从几点开始按它算。</translation>
    </message>
    <message>
        <source>Slow calls are marked and listed.</source>
        <translation>慢调用会标出来，也能单独列出。</translation>
    </message>
    <message>
        <source>Where the records name no session.</source>
        <translation>记录里没有场次时按它分。</translation>
    </message>
    <message>
        <source>When calls come this many times as often as usual at this hour.</source>
        <translation>调用达到这个时段平时的这么多倍时提醒。</translation>
    </message>
    <message>
        <source>When no call comes for so long while a stream is on.</source>
        <translation>直播时这么久没有调用就提醒。</translation>
    </message>
    <message>
        <source>When a call costs this many standard deviations more than the mean.</source>
        <translation>单次费用比平均高出这么多个标准差时提醒。</translation>
    </message>
    <message>
        <source>Nothing pops up, sounds or goes to a chat. Alerts wait in the messages.</source>
        <translation>不弹窗，不响，也不发到群里。提醒留在消息里。</translation>
    </message>
    <message>
        <source>For a browser at http://127.0.0.1:10091/, or at another port. Nobody else.</source>
        <translation>用浏览器打开 http://127.0.0.1:10091/，端口可以改，外面访问不到。</translation>
    </message>
    <message>
        <source>Where advice is applied. A name or IP address, without the port.</source>
        <translation>建议在这里生效。填名称或 IP，不带端口。</translation>
    </message>
    <message>
        <source>When the success rate of the last quarter of an hour is below this.</source>
        <translation>最近 15 分钟的成功率低于这个数时提醒。</translation>
    </message>
    <message>
        <source>When p95 latency of the last quarter of an hour is this many times the usual.</source>
        <translation>最近 15 分钟的 p95 延迟达到平时的这么多倍时提醒。</translation>
    </message>
    <message>
        <source>Off, nothing is ever switched without you.</source>
        <translation>关着就不会自动切换。</translation>
    </message>
    <message>
        <source>Separated by commas. None: for all.</source>
        <translation>用逗号分开，不填就是全部。</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>高对比度</translation>
    </message>
    <message>
        <source>ms</source>
        <translation>毫秒</translation>
    </message>
    <message>
        <source>min</source>
        <translation>分钟</translation>
    </message>
    <message>
        <source>a number from {least} to {most} {unit}</source>
        <translation>填 {least} 到 {most} {unit}之间的数</translation>
    </message>
    <message>
        <source>a time zone such as Asia/Shanghai</source>
        <translation>时区，例如 Asia/Shanghai</translation>
    </message>
    <message>
        <source>a name or IP address such as 127.0.0.1, without a port</source>
        <translation>名称或 IP，例如 127.0.0.1，不带端口</translation>
    </message>
    <message>
        <source>a whole number from 1 to 65535</source>
        <translation>1 到 65535 的整数</translation>
    </message>
    <message>
        <source>an amount above 0, such as 5 or 7.5</source>
        <translation>大于 0 的金额，例如 5 或 7.5</translation>
    </message>
    <message>
        <source>a name of 1 to 120 letters</source>
        <translation>1 到 120 个字的名称</translation>
    </message>
    <message>
        <source>names, separated by commas</source>
        <translation>名称，用逗号分开</translation>
    </message>
    <message>
        <source>this cannot be used</source>
        <translation>这个不能用</translation>
    </message>
</context>
<context>
    <name>tables</name>
    <message>
        <source>the largest {shown} of {n}</source>
        <translation>共 {n} 个，只显示最大的 {shown} 个</translation>
    </message>
</context>
<context>
    <name>tray</name>
    <message>
        <source>Not paused</source>
        <translation>不暂停</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>一小时</translation>
    </message>
    <message>
        <source>Until the stream ends</source>
        <translation>到下播</translation>
    </message>
    <message>
        <source>Until tomorrow</source>
        <translation>到明天</translation>
    </message>
    <message>
        <source>Until I switch them on</source>
        <translation>直到我恢复</translation>
    </message>
    <message>
        <source>{cost} today, {calls}</source>
        <translation>今日 {cost}，{calls}</translation>
    </message>
    <message>
        <source>budget {share}</source>
        <translation>预算 {share}</translation>
    </message>
</context>
</TS>
