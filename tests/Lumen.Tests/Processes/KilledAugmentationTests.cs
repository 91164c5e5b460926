using System.Diagnostics;
using Lumen.Augmentation;
using Lumen.Testing;
using Lumen.Tests.Augmentation;
using Xunit;

namespace Lumen.Tests.Processes;

/// <summary>A process of a job that augments is killed; the folder is completed by another number of processes.</summary>
public sealed class KilledAugmentationTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void What_killed_processes_left_is_gone_when_another_number_of_them_completes_the_folder()
    {
        var (dataset, output) = (tiny.Dataset("imagefolder").Root, tiny.Fresh());
        Kill(Augment(dataset, output));
        Assert.NotEmpty(Left(output));
        var done = MpiJob.Run(2, Augment(dataset, output));
        Assert.True(done.Code == 0, done.Error + done.Output);
        Assert.Empty(Left(output));
        Assert.True(Verification.Run(output).IsSound);
    }

    private static void Kill(string[] augment)
    {
        using var job = MpiJob.Start(3, augment);
        var (watch, members) = (Stopwatch.StartNew(), Array.Empty<int>());
        while (members.Length == 0 || Works(augment[4]).Length < 3)
        {
            Assert.True(watch.Elapsed < Patience, "The processes do not begin.");
            Thread.Sleep(5);
            members = job.Members(3);
        }
        using (var one = Process.GetProcessById(members[1]))
            one.Kill();
        Assert.NotEqual(0, job.Wait().Code);
        foreach (var member in members)
            MpiJob.WaitForEnd(member);
    }

    private static string[] Works(string output) =>
        Directory.Exists(Path.Combine(output, "lumen")) ? Directory.GetDirectories(Path.Combine(output, "lumen"), "work-*-of-3") : [];

    // Work folders, and the locks of those who had them.
    private static string[] Left(string output) =>
        [
            .. Directory
                .EnumerateFileSystemEntries(Path.Combine(output, "lumen"))
                .Select(path => Path.GetFileName(path)!)
                .Where(name => name.StartsWith("work-", StringComparison.Ordinal) || name.StartsWith("shard-", StringComparison.Ordinal)),
        ];

    private string[] Augment(string dataset, string output) =>
        AugmentLine.Of(tiny.Model, dataset, output, AugmentLine.Prompts(Path.Combine(tiny.Model, "prompts-of-killed.toml")), 40);
}
