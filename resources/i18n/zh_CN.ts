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
    <name>CoverageDialog</name>
    <message>
        <source>Coverage</source>
        <translation>读取情况</translation>
    </message>
    <message>
        <source>Reasons</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>{calls} counted from {lines} lines in {files} files.</source>
        <translation>{files} 个文件共 {lines} 行，计入 {calls}调用。</translation>
    </message>
    <message>
        <source>{n} of them have a part that could not be read.</source>
        <translation>其中 {n} 次有读不出来的部分。</translation>
    </message>
    <message>
        <source>{n} lines were skipped.</source>
        <translation>跳过 {n} 行。</translation>
    </message>
    <message>
        <source>A line of {size} is still being written.</source>
        <translation>有一行还没写完（{size}）。</translation>
    </message>
    <message>
        <source>Not day files, not read: {files}</source>
        <translation>不是每日记录，没有读取：{files}</translation>
    </message>
</context>
<context>
    <name>CoverageModel</name>
    <message>
        <source>skipped</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>counted</source>
        <translation>已计</translation>
    </message>
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
        <source>Peak {hour}:00 · {calls}</source>
        <translation>峰值 {hour}:00 · {calls}</translation>
    </message>
    <message>
        <source>{n} tokens</source>
        <translation>{n} Token</translation>
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
        <source>&amp;Tools</source>
        <translation>工具(&amp;T)</translation>
    </message>
    <message>
        <source>Skipped lines</source>
        <translation>跳过的行</translation>
    </message>
    <message>
        <source>Coverage</source>
        <translation>读取情况</translation>
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
    <name>Panel</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
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
        <source>These are no usage records and are not counted. Nothing else is missing.</source>
        <translation>这些不是使用记录，没有计入。其他一条不少。</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
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
    <name>numbers</name>
    <message>
        <source>1 call</source>
        <translation>1 次</translation>
    </message>
    <message>
        <source>{n} calls</source>
        <translation>{n} 次</translation>
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
    <name>tables</name>
    <message>
        <source>the largest {shown} of {n}</source>
        <translation>共 {n} 个，只显示最大的 {shown} 个</translation>
    </message>
</context>
</TS>
