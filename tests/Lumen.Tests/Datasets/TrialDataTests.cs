using Lumen.Datasets;
using Xunit;

namespace Lumen.Tests.Datasets;

/// <summary>Real data sets, where they are at hand: set LUMEN_TRIAL_DATA to a folder that holds them.</summary>
public sealed class TrialDataTests
{
    [Theory]
    [InlineData("camvid", "folders", 1)]
    [InlineData("nyuv2", "nyuv2", 2)]
    [InlineData("coco", "folders", 2)]
    [InlineData("pennfudan", "folders", 2)]
    [InlineData("sevenscenes", "nyuv2", 2)]
    public void Real_data_is_read_and_sound(string name, string format, int labels)
    {
        var root = Environment.GetEnvironmentVariable("LUMEN_TRIAL_DATA");
        if (root is null || !Directory.Exists(Path.Combine(root, name)))
            Assert.Skip($"The data set {name} is not here: set LUMEN_TRIAL_DATA to a folder that holds it.");
        var dataset = DatasetFormats.Open(Path.Combine(root, name));
        Assert.Equal(format, dataset.Format);
        Assert.All(dataset.Items().Take(20), item => Assert.Equal(labels, item.Labels.Count));
        var report = DatasetCheck.Run(dataset);
        Assert.Empty(report.Faults);
        Assert.Equal(report.Items * labels, report.Labels);
    }
}
