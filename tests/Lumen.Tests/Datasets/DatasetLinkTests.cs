using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Datasets;

public sealed class DatasetLinkTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _root;

    public DatasetLinkTests() => _root = new TinyDatasets(_folder.File("set")).Write("imagefolder");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_data_set_may_be_a_link_and_hold_links_to_itself()
    {
        var picture = Path.Combine(_root, Picture());
        File.Move(picture, Path.Combine(_root, "kept.png"));
        File.CreateSymbolicLink(picture, Path.GetRelativePath(Path.GetDirectoryName(picture)!, Path.Combine(_root, "kept.png")));
        Directory.CreateSymbolicLink(_folder.File("alias"), _root);
        Assert.True(DatasetCheck.Run(DatasetFormats.Open(_folder.File("alias"))).IsSound);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_out_of_the_data_set_is_named_and_followed_only_when_asked(bool isAbsolute)
    {
        var (picture, outside) = (Path.Combine(_root, Picture()), _folder.File("outside.png"));
        File.Move(picture, outside);
        File.CreateSymbolicLink(picture, isAbsolute ? outside : Path.GetRelativePath(Path.GetDirectoryName(picture)!, outside));
        var dataset = DatasetFormats.Open(_root);
        Assert.Contains(
            "leads out of the data set",
            Assert.Throws<LumenException>(() => dataset.FullPath(Picture())).Message,
            StringComparison.Ordinal
        );
        var report = DatasetCheck.Run(dataset);
        Assert.Contains(
            report.Faults,
            fault =>
                fault.Kind == DatasetFaultKind.BadLink && fault.Message.StartsWith($"{Picture()} is a link to", StringComparison.Ordinal)
        );
        Assert.Contains(report.Faults, fault => fault.Kind == DatasetFaultKind.UnreadablePicture);
        Assert.True(DatasetCheck.Run(DatasetFormats.Open(_root, options: new DatasetOptions { Links = LinkPolicy.Outside })).IsSound);
    }

    [Fact]
    public void Files_and_folders_that_no_list_names_are_checked_too()
    {
        Directory.CreateDirectory(_folder.File("elsewhere"));
        File.CreateSymbolicLink(Path.Combine(_root, "notes.txt"), "/etc/hostname");
        Directory.CreateSymbolicLink(Path.Combine(_root, "extra"), _folder.File("elsewhere"));
        var fault = Assert.Single(DatasetCheck.Run(DatasetFormats.Open(_root)).Faults);
        Assert.Equal((DatasetFaultKind.BadLink, 2), (fault.Kind, fault.Count));
    }

    [Fact]
    public void A_folder_of_labels_that_is_a_link_to_the_outside_is_refused()
    {
        var root = new TinyDatasets(_folder.File("folders")).Write("folders");
        var labels = Path.Combine(root, new DatasetTree(root).Folders("").First(name => name != "images"));
        Directory.Move(labels, _folder.File("elsewhere"));
        Directory.CreateSymbolicLink(labels, _folder.File("elsewhere"));
        Assert.Contains(
            "leads out of the data set",
            Assert.Throws<LumenException>(() => DatasetCheck.Run(DatasetFormats.Open(root))).Message,
            StringComparison.Ordinal
        );
        Assert.True(DatasetCheck.Run(DatasetFormats.Open(root, options: new DatasetOptions { Links = LinkPolicy.Outside })).IsSound);
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_a_missing_file()
    {
        var picture = Path.Combine(_root, Picture());
        File.Delete(picture);
        File.CreateSymbolicLink(picture, "gone.png");
        var dataset = DatasetFormats.Open(_root);
        Assert.False(dataset.Has(Picture()));
        Assert.Contains(
            DatasetCheck.Run(dataset).Faults,
            fault => fault.Kind == DatasetFaultKind.MissingPicture && fault.Item == Picture()
        );
    }

    [Fact]
    public void Links_in_a_circle_are_walked_once()
    {
        var tree = new DatasetTree(_root);
        var before = tree.Pictures("").ToList();
        Directory.CreateSymbolicLink(Path.Combine(_root, "up"), ".");
        Directory.CreateSymbolicLink(Path.Combine(_root, "train", "top"), "..");
        Directory.CreateDirectory(Path.Combine(_root, "a"));
        Directory.CreateDirectory(Path.Combine(_root, "b"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "a", "b"), "../b");
        Directory.CreateSymbolicLink(Path.Combine(_root, "b", "a"), "../a");
        File.CreateSymbolicLink(Path.Combine(_root, "self.png"), "self.png");
        Assert.Equal(
            before.Append("self.png").Order(StringComparer.Ordinal),
            new DatasetTree(_root).Pictures("").Order(StringComparer.Ordinal)
        );
        Assert.False(new DatasetTree(_root).HasFile("self.png"));
        Assert.False(DatasetFormats.Open(_root).Has("self.png"));
    }

    [Fact]
    public void A_pipe_is_no_picture_and_is_never_waited_for()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("There are no named pipes in folders here.");
        var picture = Path.Combine(_root, Picture());
        File.Delete(picture);
        System.Diagnostics.Process.Start("mkfifo", [picture]).WaitForExit();
        Assert.Contains(DatasetCheck.Run(DatasetFormats.Open(_root)).Faults, fault => fault.Kind == DatasetFaultKind.MissingPicture);
        Assert.Contains(
            "is a pipe or a device",
            Assert.Throws<LumenException>(() => PictureReader.Read(picture)).Message,
            StringComparison.Ordinal
        );
    }

    private string Picture() =>
        new DatasetTree(_root).Pictures("").Where(name => name.StartsWith("train/images/", StringComparison.Ordinal)).First();
}
