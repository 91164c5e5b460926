using Lumen.Training;
using Xunit;

namespace Lumen.Tests.Training;

public sealed partial class FolderTrainingTests
{
    [Fact]
    public void A_disk_without_room_for_the_cache_is_refused_before_anything_is_written()
    {
        var runs = Runs("full") with { Cache = _folder.File("no-room"), Estimated = _ => { }, FreeSpace = _ => 1000 };
        var fault = Assert.Throws<LumenException>(() => runs.Adapter(TinyRuns.Adapter with { Data = Data }, _tiny.Runs.Model));
        Assert.Equal(LumenErrorKind.Disk, fault.Kind);
        Assert.Contains("0.000 GB left", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("no-room")));
        var enough = 34L * 3 * TinyRuns.Size * TinyRuns.Size + 34 * 2 * (4 + TinyRuns.Components) * TinyRuns.Size * TinyRuns.Size / 4;
        (runs with { FreeSpace = folder => folder == runs.Cache ? enough : long.MaxValue }).Adapter(
            TinyRuns.Adapter with
            {
                Data = Data,
            },
            _tiny.Runs.Model
        );
        Assert.True(Directory.EnumerateFiles(_folder.File("no-room")).Sum(file => new FileInfo(file).Length) < enough + 4000); // headers
    }

    [Fact]
    public void A_disk_without_room_for_the_checkpoints_is_refused_before_anything_is_written()
    {
        var runs = Runs("full") with { Cache = _folder.File("room"), Estimated = _ => { } };
        var narrow = runs with { FreeSpace = folder => folder == runs.Cache ? long.MaxValue : 1000 };
        var fault = Assert.Throws<LumenException>(() => narrow.Adapter(TinyRuns.Adapter with { Data = Data }, _tiny.Runs.Model));
        Assert.Equal(LumenErrorKind.Disk, fault.Kind);
        Assert.StartsWith("Checkpoints need 0.0", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("room")));
    }
}
